import { createServer as createPlainServer, type Server } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { publicHttpsOnly, type OutboundRules } from '#adapters/outbound/outbound-guard.ts'
import { readIpRange } from '#domain/ip-ranges.ts'
import type { UpstreamError } from '#ports/upstream.ts'
import { innerHosts } from '#test/gateway/inner-hosts.ts'
import { selfSignedPublicName } from '#test/gateway/self-signed.ts'

import { createUndiciUpstream } from './undici-upstream.ts'

/** Counts whoever connects, whatever they say. */
let canary: { readonly server: Server; readonly port: number; connections: number }
/** A customer's server, at an address that the operator opened. */
let site: { readonly server: Server; readonly port: number; readonly seen: string[] }
let redirectTo: string | null = null

beforeAll(async () => {
  canary = { server: createPlainServer(), port: 0, connections: 0 }
  canary.server.on('connection', () => (canary.connections += 1))
  await new Promise<void>((done) => canary.server.listen(0, '127.0.0.1', done))
  Object.assign(canary, { port: (canary.server.address() as AddressInfo).port })
  const seen: string[] = []
  const server = createServer(selfSignedPublicName, ({ url, headers }, response) => {
    seen.push(`${headers.host} ${url} ${headers.authorization}`)
    if (redirectTo !== null) response.writeHead(302, { location: redirectTo }).end()
    else response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.2', done))
  site = { server, port: (server.address() as AddressInfo).port, seen }
})

beforeEach(() => {
  canary.connections = 0
  site.seen.length = 0
  redirectTo = null
})

afterAll(async () => {
  await Promise.all([canary, site].map(({ server }) => new Promise((done) => server.close(done))))
})

const range = (text: string) => {
  const read = readIpRange(text)
  return read.kind === 'range' ? read.range : expect.fail(text)
}

type Came =
  | { readonly kind: 'answer'; readonly status: number }
  | { readonly kind: 'error'; readonly error: UpstreamError }

/** What comes of one request under these rules. */
async function send(url: string, rules: Partial<OutboundRules>): Promise<Came> {
  const ports = [canary.port, site.port]
  const upstream = createUndiciUpstream({ rules: { ...publicHttpsOnly, ports, ...rules } })
  const came = await new Promise<Came>((resolve) => {
    let status = 0
    upstream.send(
      {
        ...{ url, method: 'POST', body: Buffer.from('{}') },
        headers: { authorization: 'Bearer sk-customer' },
        ...{ connectTimeoutMs: 2_000, firstByteTimeoutMs: 2_000, idleTimeoutMs: 2_000 },
      },
      {
        onHead: (head) => void (status = head),
        onData: () => undefined,
        onEnd: () => resolve({ kind: 'answer', status }),
        onError: (error) => resolve({ kind: 'error', error }),
      },
    )
  })
  await upstream.close()
  return came
}

const refused = { kind: 'error', error: { errorClass: 'address_refused' } }

describe('an address that a customer chose is never one inside', () => {
  test.each(innerHosts)('%s', async (host) => {
    expect(await send(`https://${host}:${canary.port}/v1`, {})).toMatchObject(refused)
    expect(canary.connections).toBe(0)
  })

  test.each(['127.0.0.1', '::1', '::ffff:127.0.0.1', '169.254.169.254', '10.0.0.1', 'fd00::1'])(
    'behind a name that leads to %s',
    async (address) => {
      const url = `https://llm.example.com:${canary.port}/v1`
      expect(await send(url, { resolve: async () => [address] })).toMatchObject(refused)
      expect(await send(url, { resolve: async () => ['1.1.1.1', address] })).toMatchObject(refused)
      expect(canary.connections).toBe(0)
    },
  )

  test.each([
    ['plain http', () => `http://llm.example.com:${canary.port}/v1`],
    ['another scheme', () => `ftp://llm.example.com:${canary.port}/v1`],
    ['a name and password', () => `https://a:b@llm.example.com:${canary.port}/v1`],
    ['a port that is not open', () => 'https://llm.example.com:22/v1'],
    ['no address', () => 'https://'],
  ])('%s is refused before anybody is asked', async (_, url) => {
    let asked = 0
    const resolve = async () => {
      asked += 1
      return ['127.0.0.1']
    }
    expect(await send(url(), { resolve })).toMatchObject(refused)
    expect([asked, canary.connections]).toEqual([0, 0])
  })

  test('a name that changes its mind is asked once for each connection, and what was checked is used', async () => {
    const answers = ['127.0.0.2', '127.0.0.1']
    const rules = {
      openedRanges: [range('127.0.0.2/32')],
      extraCertificates: [selfSignedPublicName.cert],
      resolve: async () => [answers.shift() ?? '127.0.0.1'],
    }
    const url = `https://llm.example.com:${site.port}/v1`
    expect(await send(url, rules)).toEqual({ kind: 'answer', status: 200 })
    expect(await send(url, rules)).toMatchObject(refused)
    expect(site.seen).toEqual([`llm.example.com:${site.port} /v1 Bearer sk-customer`])
    expect(canary.connections).toBe(0)
  })

  test('a redirect is not followed, and its credential goes nowhere else', async () => {
    redirectTo = `http://127.0.0.1:${canary.port}/latest/meta-data`
    const rules = {
      openedRanges: [range('127.0.0.2/32')],
      extraCertificates: [selfSignedPublicName.cert],
      resolve: async () => ['127.0.0.2'],
    }
    const url = `https://llm.example.com:${site.port}/v1`
    expect(await send(url, rules)).toEqual({ kind: 'answer', status: 302 })
    expect(canary.connections).toBe(0)
  })

  test('a certificate that is not of that name, or that nobody vouches for, is refused', async () => {
    const rules = { openedRanges: [range('127.0.0.2/32')], resolve: async () => ['127.0.0.2'] }
    const url = (name: string) => `https://${name}:${site.port}/v1`
    const failed = { kind: 'error', error: { errorClass: 'connect_failed' } }
    expect(await send(url('llm.example.com'), rules)).toMatchObject(failed)
    const trusting = { ...rules, extraCertificates: [selfSignedPublicName.cert] }
    expect(await send(url('other.example.com'), trusting)).toMatchObject(failed)
    expect(site.seen).toEqual([])
  })
})
