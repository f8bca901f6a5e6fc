import { connect, type Socket } from 'node:net'

import { afterEach, describe, expect, test } from 'vitest'

import { createHttpServer, isControlPath } from './http-server.ts'
import { StartError } from './start-error.ts'

const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

type Listener = Parameters<typeof createHttpServer>[0]['gateway']

function makeServer(gateway: Listener) {
  const server = createHttpServer({
    gateway,
    control: (_, response) => response.end('control'),
    pages: (_, response) => response.end('pages'),
  })
  closers.push(server.closeAll)
  return server
}

const answer: Listener = (_, response) => void response.end('gateway')

describe('who answers', () => {
  test.each([
    ['/api', true],
    ['/api/', true],
    ['/api/accounts', true],
    ['/api/accounts?limit=1', true],
    ['/api?x=1', true],
    ['/api/v1', false],
    ['/api/v1/chat/completions', false],
    ['/api/v1?x', false],
    ['/api/v10', true],
    ['/apix', false],
    ['/v1/chat/completions', false],
    ['/', false],
    ['/v1/api/accounts', false],
    ['/readyz', false],
  ])('%s: the control plane? %s', async (path, isControl) => {
    expect(isControlPath(path)).toBe(isControl)
    const server = makeServer(answer)
    const port = await server.listen('127.0.0.1', 0)
    const text = await (await fetch(`http://127.0.0.1:${port}${path}`)).text()
    expect(text).toBe(isControl ? 'control' : 'gateway')
  })
})

describe('leaving', () => {
  test('from the announcement on, every answer closes its connection, and new ones are taken', async () => {
    const server = makeServer(answer)
    const port = await server.listen('127.0.0.1', 0)
    const connectionOf = async () => {
      const { headers } = await fetch(`http://127.0.0.1:${port}/`)
      return headers.get('connection')
    }
    expect(await connectionOf()).toBe('keep-alive')
    server.announceEnd()
    expect(await connectionOf()).toBe('close')
    expect(await connectionOf()).toBe('close')
  })

  test('the listener closes, and an answer under way ends whole; then its kept connection goes too', async () => {
    const held = Promise.withResolvers<() => void>()
    const server = makeServer((_, response) => {
      response.setHeader('content-length', 6)
      response.write('hel')
      held.resolve(() => response.end('lo!'))
    })
    const port = await server.listen('127.0.0.1', 0)
    const answered = fetch(`http://127.0.0.1:${port}/`).then((response) => response.text())
    const finish = await held.promise
    let stopped = false
    const stopping = server.stopListening().then(() => (stopped = true))
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow('fetch failed')
    expect(stopped).toBe(false)
    finish()
    expect(await answered).toBe('hello!')
    await stopping
  })

  test('idle connections are closed at once', async () => {
    const server = makeServer(answer)
    const port = await server.listen('127.0.0.1', 0)
    const socket = await openIdle(port)
    const closed = new Promise((resolve) => socket.once('close', resolve))
    await server.stopListening()
    await closed
  })
})

/** A connection that was used once and is kept. */
function openIdle(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    closers.push(() => socket.destroy())
    socket.once('error', reject)
    socket.once('data', () => resolve(socket))
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
  })
}

describe('an address that cannot be had', () => {
  test('a port that is taken, in one sentence', async () => {
    const port = await makeServer(answer).listen('127.0.0.1', 0)
    const second = makeServer(answer).listen('127.0.0.1', port)
    await expect(second).rejects.toThrow(StartError)
    await expect(second).rejects.toThrow(`Port ${port} on 127.0.0.1 is taken`)
  })

  test('a host that this machine does not have', async () => {
    const listening = makeServer(answer).listen('192.0.2.1', 0)
    await expect(listening).rejects.toThrow('This machine has no address "192.0.2.1".')
  })
})
