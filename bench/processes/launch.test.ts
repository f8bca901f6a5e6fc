import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, describe, expect, test } from 'vitest'

import { freePort, launch, type Launch } from './launch.ts'

const folder = mkdtempSync(join(tmpdir(), 'codelace-bench-test-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function program(script: string, port: number): Launch {
  return {
    command: [process.execPath, '-e', script],
    cores: null,
    environment: { PORT: String(port) },
    logPath: join(folder, `${port}.log`),
    port,
    readyTimeoutMs: 10_000,
  }
}

describe('launch', () => {
  test('returns when the program listens, and stop waits for its end', async () => {
    const port = await freePort()
    const listen = `require('node:net').createServer().listen(Number(process.env.PORT), '127.0.0.1')`
    const running = await launch(program(listen, port))
    expect(() => process.kill(running.pid, 0)).not.toThrow()
    await running.stop()
    expect(() => process.kill(running.pid, 0)).toThrow('ESRCH')
    await running.stop()
  })

  test('a program that ends by itself is told with the end of its output', async () => {
    const port = await freePort()
    await expect(
      launch(program(`console.error('no licence'); process.exit(3)`, port)),
    ).rejects.toThrow(/ended before it was ready: no licence/)
  })

  test('a program that never listens is ended', async () => {
    const port = await freePort()
    const silent = { ...program('setInterval(() => {}, 1000)', port), readyTimeoutMs: 300 }
    await expect(launch(silent)).rejects.toThrow(/was not ready in time/)
  })

  test('a program that does not exist is told', async () => {
    const port = await freePort()
    const missing = { ...program('', port), command: ['codelace-no-such-program'] }
    await expect(launch(missing)).rejects.toThrow(/ENOENT/)
  })
})
