import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import type { OutboundRules } from '#adapters/outbound/outbound-guard.ts'
import { publicHttpsOnly } from '#adapters/outbound/outbound-guard.ts'
import type { Fault } from '#domain/faults.ts'
import { readIpRange, type IpRange } from '#domain/ip-ranges.ts'
import type { MediaKind } from '#ports/media-fetcher.ts'
import { innerHosts } from '#test/gateway/inner-hosts.ts'

import { createHttpMediaFetcher, type HttpMediaFetcher } from './http-media-fetcher.ts'

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

/** An inner server that nobody may reach, on every way to this machine. */
let canary: Listening
/** A server at an address that the operator opened. */
let site: Listening
let answer: (request: IncomingMessage, response: ServerResponse) => void
let fetchers: HttpMediaFetcher[] = []

beforeAll(async () => {
  canary = await listen('::', '127.0.0.1', (_, response) => response.end('secret'))
  // Another address of this machine, so that it can be opened without opening the canary's.
  site = await listen('127.0.0.2', '::1', (request, response) => answer(request, response))
})

beforeEach(() => {
  canary.reached = 0
  answer = (_, response) => response.setHeader('content-type', 'image/png').end(png)
})

afterAll(async () => {
  await Promise.all(fetchers.map((fetcher) => fetcher.close()))
  fetchers = []
  await Promise.all([canary, site].map(({ server }) => new Promise((done) => server.close(done))))
})

describe('an address inside is not reached', () => {
  test.each(innerHosts)('%s', async (host) => {
    const { fetcher } = fetcherWith({})
    for (const scheme of ['http', 'https']) {
      const url = `${scheme}://${host}:${canary.port}/`
      expect((await faultOf(fetcher, url)).code).toBe('media_address_not_allowed')
    }
    expect(canary.reached).toBe(0)
  })

  test.each([
    '127.0.0.1',
    '::1',
    '::ffff:127.0.0.1',
    '169.254.169.254',
    'fd00:ec2::254',
    '0.0.0.0',
  ])('by a name that leads to %s', async (address) => {
    const { fetcher } = fetcherWith({ resolve: () => Promise.resolve([address]) })
    const fault = await faultOf(fetcher, `http://inner.example.com:${canary.port}/`)
    expect(fault.code).toBe('media_address_not_allowed')
    expect(canary.reached).toBe(0)
  })

  test('by a name of which one address is public', async () => {
    const { fetcher } = fetcherWith({ resolve: () => Promise.resolve([site.host, '127.0.0.1']) })
    const fault = await faultOf(fetcher, `http://both.example.com:${site.port}/`)
    expect(fault.code).toBe('media_address_not_allowed')
  })

  test('by a name that changes its mind: it is asked once, and what it said is where we go', async () => {
    let asked = 0
    const resolve = () => Promise.resolve([asked++ % 2 === 0 ? site.host : '127.0.0.1'])
    const { fetcher } = fetcherWith({ resolve })
    const fetch = () => fetcher.fetch(at(`http://changes.example.com:${site.port}/`))
    await expect(fetch()).resolves.toMatchObject({ mediaType: 'image/png' })
    expect(asked).toBe(1)
    await expect(fetch()).rejects.toMatchObject({ code: 'media_address_not_allowed' })
    await expect(fetch()).resolves.toMatchObject({ mediaType: 'image/png' })
    expect(canary.reached).toBe(0)
  })

  test.each([
    'http://169.254.169.254/latest/meta-data/',
    'http://metadata.google.internal/computeMetadata/v1/',
    'http://127.0.0.1:CANARY/',
    'http://[::1]:CANARY/',
    '//127.0.0.1:CANARY/',
    'http://2130706433:CANARY/',
    'http://user:pass@SITE/',
    'file:///etc/passwd',
    'gopher://127.0.0.1:CANARY/_x',
    'ftp://127.0.0.1/',
    'data:image/png;base64,AAAA',
    'http://inner.example.com:CANARY/',
  ])('by a redirect to %s', async (target) => {
    const location = target
      .replace('CANARY', String(canary.port))
      .replace('SITE', `${site.written}:${site.port}`)
    answer = (_, response) => response.writeHead(302, { location }).end()
    const { fetcher } = fetcherWith({ resolve: () => Promise.resolve(['127.0.0.1']) })
    const fault = await faultOf(fetcher, `http://${site.written}:${site.port}/`)
    expect(fault.code).toBe('media_address_not_allowed')
    expect(canary.reached).toBe(0)
  })
})

describe('an address is refused', () => {
  test.each([
    ['http://example.com/a.png', 'https:'],
    ['https://example.com:8443/a.png', 'port 8443'],
    ['https://example.com:22/', 'port 22'],
    ['https://user@example.com/', 'name or a password'],
    ['https://:secret@example.com/', 'name or a password'],
    ['ftp://example.com/a.png', 'https:'],
    ['javascript:alert(1)', 'https:'],
    ['not an address', 'no address'],
    ['', 'no address'],
    [`https://example.com/${'a'.repeat(9_000)}`, 'too long'],
  ])('%s by the usual rules', async (url, reason) => {
    const fetcher = createHttpMediaFetcher(publicHttpsOnly)
    fetchers.push(fetcher)
    const fault = await faultOf(fetcher, url)
    expect(fault).toMatchObject({ code: 'media_address_not_allowed', param: 'messages[0]' })
    expect(fault.message).toContain(reason)
    expect(fault.message).not.toContain('secret')
    expect(fault.message.length).toBeLessThan(500)
  })
})

describe('what an address holds', () => {
  test('is taken with the type that its bytes have, whatever the server says', async () => {
    answer = (_, response) => response.setHeader('content-type', 'text/html').end(png)
    await expect(fetchSite('image')).resolves.toEqual({ mediaType: 'image/png', bytes: png })
  })

  test('follows a few redirects on open addresses', async () => {
    answer = (request, response) =>
      request.url === '/end'
        ? response.end(png)
        : response.writeHead(302, { location: '/end' }).end()
    await expect(fetchSite('image')).resolves.toMatchObject({ mediaType: 'image/png' })
    answer = (_, response) => response.writeHead(302, { location: '/again' }).end()
    await expect(fetchSite('image')).rejects.toMatchObject({ code: 'image_download_failed' })
  })

  test.each([
    ['image', 'text/html', '<html>'],
    ['image', 'image/png', 'no image at all'],
    ['image', 'application/pdf', '%PDF-1.7'],
    ['audio', 'audio/mpeg', 'GIF89a'],
    ['file', 'application/octet-stream', 'x\0y'],
    ['file', 'application/zip', 'PK\x03\x04'],
  ] as const)('is refused as %s when it says %s and is %j', async (kind, type, body) => {
    answer = (_, response) =>
      response.setHeader('content-type', type).end(Buffer.from(body, 'latin1'))
    await expect(fetchSite(kind)).rejects.toMatchObject({ code: 'unsupported_image_format' })
  })

  test('is taken as a document when it is a PDF, or text that says so', async () => {
    answer = (_, response) => response.end('%PDF-1.7 …')
    await expect(fetchSite('file')).resolves.toMatchObject({ mediaType: 'application/pdf' })
    answer = (_, response) =>
      response.setHeader('content-type', 'text/csv; charset=utf-8').end('a,ü')
    await expect(fetchSite('file')).resolves.toMatchObject({ mediaType: 'text/csv' })
  })

  test('is refused when it is too large, announced or not', async () => {
    answer = (_, response) => response.setHeader('content-length', 5_000).end(Buffer.alloc(5_000))
    await expect(fetchSite('image', { bytesMax: 4_999 })).rejects.toMatchObject({
      code: 'image_too_large',
    })
    answer = (_, response) => {
      response.write(Buffer.alloc(3_000))
      response.end(Buffer.alloc(3_000))
    }
    await expect(fetchSite('image', { bytesMax: 4_999 })).rejects.toMatchObject({
      code: 'image_too_large',
    })
  })

  test('is refused when it is compressed, empty, missing, cut off or too slow', async () => {
    const cases: (typeof answer)[] = [
      (_, response) => response.setHeader('content-encoding', 'gzip').end(png),
      (_, response) => response.end(),
      (_, response) => response.writeHead(404).end('gone'),
      (_, response) => {
        response.setHeader('content-length', 500)
        response.write(png)
        response.on('drain', () => undefined)
        setImmediate(() => response.destroy())
      },
      () => undefined,
    ]
    for (const one of cases) {
      answer = one
      await expect(fetchSite('image', { timeoutMs: 300 })).rejects.toMatchObject({
        code: 'image_download_failed',
        status: 400,
      })
    }
  })

  test('is asked for without anything that says who asks', async () => {
    let seen: IncomingMessage['headers'] = {}
    answer = (request, response) => {
      seen = request.headers
      response.end(png)
    }
    await fetchSite('image')
    expect(Object.keys(seen).toSorted()).toEqual([
      'accept',
      'accept-encoding',
      'connection',
      'host',
      'user-agent',
    ])
  })
})

function fetchSite(kind: MediaKind, options: { bytesMax?: number; timeoutMs?: number } = {}) {
  const { fetcher } = fetcherWith({}, options)
  return fetcher.fetch({ ...at(`http://${site.written}:${site.port}/`), kind })
}

/** Everything is open but what is checked here: HTTP, the ports, and the address of the site. */
function fetcherWith(
  rules: Partial<OutboundRules>,
  options: { bytesMax?: number; timeoutMs?: number } = {},
) {
  const ports = [80, 443, canary.port, site.port]
  const openedRanges = [rangeOf(site.host)]
  const fetcher = createHttpMediaFetcher(
    { allowsHttp: true, ports, openedRanges, ...rules },
    options,
  )
  fetchers.push(fetcher)
  return { fetcher }
}

async function faultOf(fetcher: HttpMediaFetcher, url: string): Promise<Fault> {
  return await fetcher.fetch(at(url)).then(
    () => expect.fail(`${url} was reached`),
    (error: unknown) => error as Fault,
  )
}

function at(url: string) {
  return { url, kind: 'image', param: 'messages[0]' } as const
}

function rangeOf(address: string): IpRange {
  const reading = readIpRange(address)
  return reading.kind === 'range' ? reading.range : expect.fail(reading.problem)
}

interface Listening {
  readonly server: Server
  readonly host: string
  /** As it is written in an address. */
  readonly written: string
  readonly port: number
  reached: number
}

/** Listens on the first host, or on the other one where this machine does not have it. */
async function listen(
  host: string,
  otherwise: string,
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Listening> {
  const server = createServer(handle)
  const isUp = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false)).listen(0, host, () => resolve(true))
  })
  if (!isUp) await new Promise<void>((resolve) => server.listen(0, otherwise, resolve))
  const bound = isUp ? host : otherwise
  const { port } = server.address() as AddressInfo
  const written = bound.includes(':') ? `[${bound}]` : bound
  const listening: Listening = { server, host: bound, written, port, reached: 0 }
  server.on('connection', () => {
    listening.reached += 1
  })
  return listening
}
