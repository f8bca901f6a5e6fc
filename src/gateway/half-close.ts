import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/**
 * A client may close its sending side and still wait for its answer; one that has left altogether looks
 * the same until something is written to it. So when the sending side closes, whoever is answering on
 * that connection is asked to write a little.
 */
const answering = new WeakMap<Socket, () => void>()

/** Notices half-closed connections of this server, and keeps them open for their answers. */
export function watchHalfClose(server: Server): void {
  Object.assign(server, { httpAllowHalfOpen: true })
  server.on('connection', (socket: Socket) => {
    socket.on('end', () => answering.get(socket)?.())
  })
}

/** `probe` is called when the client of this connection closes its sending side. The last one counts. */
export function onHalfClose(socket: Socket, probe: () => void): void {
  answering.set(socket, probe)
}
