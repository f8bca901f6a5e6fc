/**
 * Runs inside the namespace: `node loopback-guest.ts <socket> <port> <command…>`. Answers the port of the
 * loopback with what is behind the socket, and ends with the command's exit code.
 */
import { spawn, spawnSync } from 'node:child_process'
import { connect, createServer } from 'node:net'

import { joined } from './joined-sockets.ts'

const [socket = '', port = '', command = '', ...words] = process.argv.slice(2)

spawnSync('ip', ['link', 'set', 'lo', 'up'], { stdio: 'inherit' })
const door = createServer({ allowHalfOpen: true }, (client) =>
  joined(client, connect({ path: socket, allowHalfOpen: true })),
)
door.listen(Number(port), '127.0.0.1', () => {
  const child = spawn(command, words, { stdio: 'inherit' })
  child.once('exit', (code) => process.exit(code ?? 1))
})
