import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { startGatewayWorld, type GatewayWorld } from '#test/gateway/gateway-world.ts'
import { connectRaw, rawChat, type RawClient } from '#test/gateway/raw-client.ts'
import {
  answerWith,
  completion,
  startScriptedUpstream,
  type ScriptedUpstream,
} from '#test/gateway/scripted-upstream.ts'

let upstream: ScriptedUpstream
let world: GatewayWorld

const limits = {
  requestBodyBytesMax: 1024 * 1024,
  bodyGraceMs: 300,
  bodyReadTimeoutMs: 1_500,
  refusedBodyLingerMs: 200,
}

beforeAll(async () => {
  upstream = await startScriptedUpstream(answerWith(200, completion()))
  world = await startGatewayWorld({ providers: [{ baseUrl: upstream.baseUrl }], limits })
})

beforeEach(() => {
  upstream.received.length = 0
})

afterAll(async () => {
  await world.close()
  await upstream.close()
})

const hello = { model: 'test/model', messages: [{ role: 'user', content: 'Hi' }] }

async function exchange(text: string): Promise<string> {
  const client = await connectRaw(world.port)
  client.socket.write(text)
  const answer = await client.closed()
  client.socket.destroy()
  return answer
}

function envelopeOf(answer: string): unknown {
  return JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4))
}

describe('headers', () => {
  test('larger than 16 KiB are refused with 431', async () => {
    const answer = await exchange(
      rawChat(world.customer.secret, hello, [`X-Large: ${'x'.repeat(17_000)}`]),
    )
    expect(answer).toMatch(/^HTTP\/1\.1 431 /)
    expect(envelopeOf(answer)).toMatchObject({ error: { code: 'headers_too_large' } })
    expect(answer).toMatch(/connection: close/i)
  })

  test('more than 100 are refused with 431', async () => {
    const many = Array.from({ length: 120 }, (_, index) => `X-H${index}: 1`)
    const client = await connectRaw(world.port)
    client.socket.write(rawChat(world.customer.secret, hello, many))
    await client.waitFor('headers_too_large')
    expect(client.received()).toMatch(/^HTTP\/1\.1 431 /)
    client.socket.destroy()
    expect(upstream.received).toHaveLength(0)
  })
})

describe('bodies', () => {
  test('announced as too large are refused before they are read', async () => {
    const client = await connectRaw(world.port)
    const head = rawChat(world.customer.secret, hello).split('\r\n\r\n')[0] ?? ''
    client.socket.write(
      `${head.replace(/Content-Length: \d+/, 'Content-Length: 900000000')}\r\n\r\n{`,
    )
    await client.waitFor('payload_too_large')
    expect(client.received()).toMatch(/^HTTP\/1\.1 413 [^]*connection: close/)
    await client.closed()
  })

  test('asked for with Expect are refused before they are sent', async () => {
    const client = await connectRaw(world.port)
    const head = rawChat(world.customer.secret, hello, ['Expect: 100-continue']).split(
      '\r\n\r\n',
    )[0]
    client.socket.write(
      `${head?.replace(/Content-Length: \d+/, 'Content-Length: 900000000')}\r\n\r\n`,
    )
    await client.waitFor('payload_too_large')
    expect(client.received()).not.toContain('100 Continue')
    client.socket.destroy()
  })

  test('asked for with Expect are welcome when they fit', async () => {
    const client = await connectRaw(world.port)
    const [head, body] = rawChat(world.customer.secret, hello, ['Expect: 100-continue']).split(
      '\r\n\r\n',
    )
    client.socket.write(`${head}\r\n\r\n`)
    await client.waitFor('100 Continue')
    client.socket.write(body ?? '')
    await client.waitFor('Hello there')
    client.socket.destroy()
  })

  test('in chunks are refused as soon as they are too large', async () => {
    const client = await connectRaw(world.port)
    client.socket.write(
      [
        'POST /v1/chat/completions HTTP/1.1',
        'Host: localhost',
        `Authorization: Bearer ${world.customer.secret}`,
        'Content-Type: application/json',
        'Transfer-Encoding: chunked',
        '',
        '',
      ].join('\r\n'),
    )
    const piece = `10000\r\n${'x'.repeat(65_536)}\r\n`
    for (let count = 0; count < 17; count += 1) client.socket.write(piece)
    await client.waitFor('payload_too_large')
    expect(client.received()).toMatch(/^HTTP\/1\.1 413 /)
    await client.closed()
  })

  test('200 at once that are too large take no memory to speak of', async () => {
    const before = process.memoryUsage().rss
    const clients = await Promise.all(
      Array.from({ length: 200 }, async () => {
        const client = await connectRaw(world.port)
        const head = rawChat(world.customer.secret, hello).split('\r\n\r\n')[0] ?? ''
        client.socket.write(
          `${head.replace(/Content-Length: \d+/, 'Content-Length: 99000000')}\r\n\r\n`,
        )
        client.socket.write(Buffer.alloc(64 * 1024, 'x'))
        await client.waitFor('payload_too_large')
        return client
      }),
    )
    expect(process.memoryUsage().rss - before).toBeLessThan(50 * 1024 * 1024)
    for (const client of clients) client.socket.destroy()
  })

  test('that trickle are given up with 408', async () => {
    const client = await connectRaw(world.port)
    client.socket.write(rawChat(world.customer.secret, hello).slice(0, -40))
    const trickle = setInterval(() => client.socket.write(' '), 50)
    await client.waitFor('request_timeout')
    clearInterval(trickle)
    expect(client.received()).toMatch(/^HTTP\/1\.1 408 /)
    await client.closed()
    expect(upstream.received).toHaveLength(0)
  })

  test('of a refused request do not cost its connection when they are short', async () => {
    const client = await connectRaw(world.port)
    client.socket.write(rawChat('wrong', hello))
    await client.waitFor('invalid_api_key')
    client.socket.write(rawChat(world.customer.secret, hello))
    await client.waitFor('Hello there')
    client.socket.destroy()
  })
})

describe('requests that two servers could read in two ways', () => {
  const head =
    'POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n'
  const smuggled = 'POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n\r\n'
  const cases: readonly [string, string][] = [
    [
      'a length and chunks',
      `${head}Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
    ],
    [
      'chunks and a length',
      `${head}Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\n${smuggled}`,
    ],
    [
      'two transfer encodings',
      `${head}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n${smuggled}`,
    ],
    [
      'an unknown transfer encoding',
      `${head}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${smuggled}`,
    ],
    [
      'chunked, but not last',
      `${head}Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n${smuggled}`,
    ],
    ['two lengths', `${head}Content-Length: 0\r\nContent-Length: 44\r\n\r\n${smuggled}`],
    ['a length with a plus', `${head}Content-Length: +5\r\n\r\n12345${smuggled}`],
    ['a length with a minus', `${head}Content-Length: -5\r\n\r\n${smuggled}`],
    ['a length in hexadecimal', `${head}Content-Length: 0x5\r\n\r\n12345${smuggled}`],
    ['a space before the colon', `${head}Content-Length : 5\r\n\r\n12345${smuggled}`],
    ['a folded header', `${head}Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n${smuggled}`],
    [
      'a bare line feed in the head',
      `${head}X: a\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
    ],
    [
      'a bare carriage return in the head',
      `${head}X: a\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
    ],
    ['a NUL in a header', `${head}X: a\u0000b\r\n\r\n${smuggled}`],
    [
      'a line feed in a chunk extension',
      `${head}Transfer-Encoding: chunked\r\n\r\n5;a\nb\r\n12345\r\n0\r\n\r\n${smuggled}`,
    ],
    [
      'a chunk size with a sign',
      `${head}Transfer-Encoding: chunked\r\n\r\n+5\r\n12345\r\n0\r\n\r\n${smuggled}`,
    ],
    ['a tab before the colon', `${head}Content-Length\t: 5\r\n\r\n12345${smuggled}`],
    ['a list of lengths', `${head}Content-Length: 5, 5\r\n\r\n12345${smuggled}`],
    ['an empty length', `${head}Content-Length:\r\n\r\n${smuggled}`],
    [
      'a length that no number holds',
      `${head}Content-Length: 99999999999999999999\r\n\r\n${smuggled}`,
    ],
    [
      'a space before the name of a transfer encoding',
      `${head} Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
    ],
    [
      'a chunk size that no number holds',
      `${head}Transfer-Encoding: chunked\r\n\r\n10000000000000005\r\n12345\r\n0\r\n\r\n${smuggled}`,
    ],
    [
      'a chunk longer than its size',
      `${head}Transfer-Encoding: chunked\r\n\r\n3\r\n12345\r\n0\r\n\r\n${smuggled}`,
    ],
    [
      'chunk sizes that end in a bare line feed',
      `${head}Transfer-Encoding: chunked\r\n\r\n5\n12345\r\n0\r\n\r\n${smuggled}`,
    ],
    ['no host', 'POST /v1/chat/completions HTTP/1.1\r\nContent-Length: 0\r\n\r\n'],
    ['no HTTP', 'hello\r\n\r\n'],
  ]

  test.each(cases)('%s: refused, and the connection closed', async (_, text) => {
    const answer = await exchange(
      text.replace(
        'Content-Type',
        `Authorization: Bearer ${world.customer.secret}\r\nContent-Type`,
      ),
    )
    // At most one answer, and never one that a model gave.
    expect(answer.match(/HTTP\/1\.1 (?!100)/g)?.length ?? 0).toBe(1)
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(upstream.received).toHaveLength(0)
  })
})

describe('slow heads', () => {
  test('are closed, while others are served', async () => {
    const { createServer } = await import('node:http')
    const { attachHttpLimits, httpServerOptions } = await import('./http-limits.ts')
    const options = {
      ...httpServerOptions,
      headersTimeout: 400,
      requestTimeout: 800,
      connectionsCheckingInterval: 100,
    }
    const server = createServer(options, world.gateway.handle)
    attachHttpLimits(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    const slow: RawClient[] = await Promise.all(Array.from({ length: 50 }, () => connectRaw(port)))
    for (const client of slow) client.socket.write('GET /healthz HTTP/1.1\r\nHost: a')
    const trickles = slow.map((client) => setInterval(() => client.socket.write('a'), 100))
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200)
    const answers = await Promise.all(slow.map((client) => client.closed()))
    for (const trickle of trickles) clearInterval(trickle)
    for (const answer of answers) {
      expect(answer).toMatch(/^HTTP\/1\.1 408 /)
      expect(envelopeOf(answer)).toMatchObject({ error: { code: 'request_timeout' } })
    }
    server.closeAllConnections()
    server.close()
  })
})
