import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { publicHttpsOnly } from '#adapters/outbound/outbound-guard.ts'
import { readIpRange } from '#domain/ip-ranges.ts'
import { nanoUsd } from '#domain/money.ts'
import type { NewOwnCredential } from '#ports/own-credentials.ts'
import { readChunks } from '#test/gateway/event-text.ts'
import { startGatewayWorld, type GatewayWorld } from '#test/gateway/gateway-world.ts'
import {
  answerWith,
  completion,
  startScriptedUpstream,
  streamOf,
  usualStream,
  type ScriptedUpstream,
  chunk,
} from '#test/gateway/scripted-upstream.ts'
import { selfSignedPublicName } from '#test/gateway/self-signed.ts'

const own = 'sk-customer-0123456789abcdef'
const shared = ['sk-upstream-secret-1', 'sk-upstream-secret-2']

let upstreams: ScriptedUpstream[]
let world: GatewayWorld
/** A customer's own server, on a name that leads to this machine. */
let server: { readonly at: Server; readonly url: string; readonly keys: (string | undefined)[] }

beforeAll(async () => {
  upstreams = await Promise.all(
    Array.from({ length: 2 }, () => startScriptedUpstream(answerWith(200, completion()))),
  )
  const keys: (string | undefined)[] = []
  const at = createServer(selfSignedPublicName, (request, response) => {
    keys.push(request.headers.authorization)
    request.resume().on('end', () => {
      response.setHeader('content-type', 'application/json').end(JSON.stringify(completion()))
    })
  })
  await new Promise<void>((done) => at.listen(0, '127.0.0.1', done))
  const { port } = at.address() as AddressInfo
  server = { at, keys, url: `https://llm.example.com:${port}/v1` }
})

beforeEach(async () => {
  for (const upstream of upstreams) {
    upstream.received.length = 0
    upstream.script = answerWith(200, completion())
  }
  server.keys.length = 0
  await world?.close()
  const range = readIpRange('127.0.0.0/8')
  world = await startGatewayWorld({
    providers: upstreams.map(({ baseUrl }) => ({ baseUrl })),
    // 5 %.
    ownCredentials: { feePartsPerMillion: 50_000, openedRanges: [], ports: [443] },
    ownRules: {
      ...{ ...publicHttpsOnly, ports: [Number(new URL(server.url).port)] },
      openedRanges: range.kind === 'range' ? [range.range] : [],
      extraCertificates: [selfSignedPublicName.cert],
      resolve: async () => ['127.0.0.1'],
    },
  })
})

afterAll(async () => {
  await world.close()
  await Promise.all(upstreams.map((upstream) => upstream.close()))
  await new Promise((done) => server.at.close(done))
})

const bring = (more: Partial<NewOwnCredential> = {}) =>
  world.addCredential({ kind: 'api_key', apiKey: own }, { provider: 'provider-1', ...more })

const hello = { model: 'test/model', messages: [{ role: 'user', content: 'Hi' }] }

async function ask(members: object = {}) {
  const response = await world.chat({ ...hello, ...members })
  const text = await response.text()
  const record = await world.recordOf(response.headers.get('x-generation-id'))
  return { response, text, record, asked: keysAsked() }
}

/** The key of every request upstream, by upstream. */
function keysAsked() {
  return upstreams.map(({ received }) =>
    received.map(({ headers }) => headers.authorization?.replace('Bearer ', '')),
  )
}

// 10 prompt tokens at $1 and 5 of completion at $2 for a million: $0.00002, of which 5 % is $0.000001.
const listed = nanoUsd(20_000n)
const fee = nanoUsd(1_000n)

describe('with a credential of the customer’s own', () => {
  test('it is what the provider is shown, first, and the fee is charged to the nano-dollar', async () => {
    const { id: credentialId } = await bring()
    const { text, record, asked } = await ask()
    expect(asked).toEqual([[own], []])
    expect(JSON.parse(text).usage).toMatchObject({
      ...{ cost: 0.000001, is_byok: true },
      cost_details: {
        upstream_inference_cost: 0.00002,
        upstream_inference_prompt_cost: 0.00001,
        upstream_inference_completions_cost: 0.00001,
      },
    })
    expect(record).toMatchObject({
      ...{ costNanoUsd: fee, provider: 'provider-1', priceVersionId: 'price_1' },
      own: { credentialId, feePartsPerMillion: 50_000, upstreamNanoUsd: listed },
      routingPath: [{ credentialId, status: 200, errorClass: null }],
    })
    expect(world.credit.balance(world.customer.accountId)).toBe(nanoUsd(5_000_000_000n - 1_000n))
    expect(text).not.toContain(own)
  })

  test('a stream says the same, and what it has cost so far is the fee so far', async () => {
    await bring()
    upstreams[0]?.received.splice(0)
    Object.assign(upstreams[0] ?? {}, { script: streamOf(usualStream(['Hel', 'lo'])) })
    const { text, record } = await ask({ stream: true })
    const last = readChunks(text).at(-1)
    expect(last).toMatchObject({ usage: { cost: 0.000001, is_byok: true } })
    expect(record.costNanoUsd).toBe(fee)
  })

  test('without one, nothing of this is there', async () => {
    const { text, record, asked } = await ask()
    expect(asked).toEqual([[shared[0]], []])
    expect(JSON.parse(text).usage).toMatchObject({
      ...{ cost: 0.00002, is_byok: false },
      cost_details: { upstream_inference_cost: null },
    })
    expect(record.own).toBeUndefined()
    expect(record.routingPath[0]).not.toHaveProperty('credentialId')
  })

  test('the log line tells of it in the words of OpenRouter’s clients', async () => {
    await bring()
    const { record } = await ask()
    const url = `${world.url}/v1/generation?id=${record.id}`
    const headers = { authorization: `Bearer ${world.customer.secret}` }
    const { data } = (await (await fetch(url, { headers })).json()) as Record<string, object>
    expect(data).toMatchObject({
      ...{ is_byok: true, total_cost: 0.000001, upstream_inference_cost: 0.00002 },
      provider_responses: [{ is_byok: true }],
    })
  })

  test('it comes before the endpoints that the request would have first', async () => {
    await bring({ provider: 'provider-2' })
    const { asked } = await ask({ provider: { order: ['provider-1'], sort: 'price' } })
    expect(asked).toEqual([[], [own]])
  })

  test('a wish about data leaves it out, as nobody here knows what its owner agreed', async () => {
    await bring({ use: 'only' })
    const response = await world.chat({ ...hello, provider: { zdr: true } })
    const { error } = await response.json()
    expect([response.status, error.code]).toEqual([404, 'no_endpoint_allowed'])
    expect(error.metadata.excluded_by).toContain('data_policy:zdr')
  })

  test('one that is switched off, kept to another key, or gone is not used, at once', async () => {
    const { accountId, secret } = world.customer
    const made = await bring()
    const steps = [
      () => world.stores.credentials.update(accountId, made.id, { isEnabled: false }),
      () => world.stores.credentials.update(accountId, made.id, { isEnabled: true }),
      () => world.stores.credentials.update(accountId, made.id, { keyIds: ['key_other'] }),
      () => world.stores.credentials.update(accountId, made.id, { keyIds: [world.customer.keyId] }),
      () => world.stores.credentials.remove(accountId, made.id),
    ]
    const seen: (string | undefined)[] = []
    for (const step of steps) {
      await step()
      world.parts.keys.forgetAll()
      upstreams[0]?.received.splice(0)
      seen.push((await ask()).asked[0]?.[0])
    }
    expect(seen).toEqual([shared[0], own, shared[0], own, shared[0]])
    expect(secret).toMatch(/^cl_k/)
  })
})

describe('when the provider does not take it', () => {
  const refusing = (status: number, headers = {}) => {
    const [first] = upstreams
    if (!first) return
    first.script = ({ received, response }) => {
      const isOwn = received.headers.authorization === `Bearer ${own}`
      const body = isOwn ? { error: { message: `Bad key: ${own}` } } : completion()
      response.writeHead(isOwn ? status : 200, { 'content-type': 'application/json', ...headers })
      response.end(JSON.stringify(body))
    }
  }

  test.each([401, 402, 403, 404, 429, 500])(
    '%s: the shared one is asked, and charged at the list price',
    async (status) => {
      const { id: credentialId } = await bring()
      refusing(status)
      const { response, text, record, asked } = await ask()
      expect(response.status).toBe(200)
      expect(asked).toEqual([[own, shared[0]], []])
      expect(JSON.parse(text).usage).toMatchObject({ cost: 0.00002, is_byok: false })
      expect(record.own).toBeUndefined()
      expect(record.routingPath).toMatchObject([
        { credentialId, status, errorClass: 'status' },
        { status: 200, errorClass: null },
      ])
      expect(response.headers.get('x-codelace-own-keys-failed')).toBe(`${credentialId} (${status})`)
    },
  )

  test('a stream of another key says so at its head, and an answer by the own key does not', async () => {
    const { id: credentialId } = await bring()
    const { response: usual } = await ask()
    expect(usual.headers.get('x-codelace-own-keys-failed')).toBeNull()
    const [first] = upstreams
    const events = streamOf([chunk({ content: 'Hi' }), chunk({}, {}, 'stop'), 'data: [DONE]\n\n'])
    if (first) {
      first.script = (exchange) => {
        const isOwn = exchange.received.headers.authorization === `Bearer ${own}`
        return isOwn ? answerWith(401, {})(exchange) : events(exchange)
      }
    }
    const { response, text } = await ask({ stream: true })
    expect(text).toContain('[DONE]')
    expect(response.headers.get('x-codelace-own-keys-failed')).toBe(`${credentialId} (401)`)
  })

  test.each([
    [401, 'Check it under Provider keys, or replace it.'],
    [402, 'Add credit there, or let requests go on with the shared keys.'],
    [403, 'Check it under Provider keys, or replace it.'],
    [429, 'It is over its own limit there: wait, or let requests go on with the shared keys.'],
  ])('%s of one that is used only: told by its label, never its text', async (status, advice) => {
    const { id } = await bring({ use: 'only', label: 'Team key' })
    refusing(status, { 'retry-after': '7' })
    const { response, text, record, asked } = await ask()
    const { error } = JSON.parse(text)
    expect([response.status, error.code]).toEqual([status, 'own_credential_refused'])
    expect(error.message).toBe(
      `Your own key "Team key" was not accepted by Provider 1 (status ${status}): ` +
        `Bad key: [key]. ${advice} Nothing was charged here.`,
    )
    expect(error.metadata).toMatchObject({ is_byok: true, credential_id: id })
    expect(response.headers.get('retry-after')).toBe('7')
    expect(response.headers.get('www-authenticate')).toBeNull()
    expect(asked).toEqual([[own], []])
    expect(record.costNanoUsd).toBe(0n)
    expect(text + JSON.stringify(world.events)).not.toContain(own)
  })

  test('a request that is wrong is not asked again with another key', async () => {
    await bring()
    refusing(400)
    const { response, asked } = await ask()
    expect([response.status, asked]).toEqual([400, [[own], []]])
  })

  test('one that is used last is asked when the shared ones have failed', async () => {
    await bring({ use: 'last' })
    const script = answerWith(200, completion())
    Object.assign(upstreams[1] ?? {}, { script: answerWith(500, {}) })
    Object.assign(upstreams[0] ?? {}, {
      script: (exchange: Parameters<typeof script>[0]) =>
        exchange.received.headers.authorization === `Bearer ${own}`
          ? script(exchange)
          : answerWith(503, {})(exchange),
    })
    const { record, asked } = await ask()
    expect(asked).toEqual([[shared[0], own], [shared[1]]])
    expect(record.costNanoUsd).toBe(fee)
  })

  test('the first that is used up leads to the next of the customer’s own', async () => {
    await bring()
    await world.addCredential(
      { kind: 'api_key', apiKey: 'sk-second-0123456789abcdef' },
      { provider: 'provider-1', use: 'only' },
    )
    refusing(429)
    const { record, asked } = await ask()
    expect(asked).toEqual([[own, 'sk-second-0123456789abcdef'], []])
    expect(record.costNanoUsd).toBe(fee)
  })
})

describe('credit', () => {
  const setBalance = (amount: bigint) =>
    world.credit.setBalance(world.customer.accountId, nanoUsd(amount))

  test('that is too little for the shared endpoints lets those of the own credential go on', async () => {
    await bring()
    // More than the fee on the most it can cost, less than that itself.
    setBalance(1_000_000n)
    const { response, record, asked } = await ask({ max_tokens: 4_000 })
    expect([response.status, asked]).toEqual([200, [[own], []]])
    expect(record.costNanoUsd).toBe(fee)
    Object.assign(upstreams[0] ?? {}, { script: answerWith(401, {}) })
    const failed = await ask({ max_tokens: 4_000 })
    expect(failed.response.status).toBe(401)
    expect(failed.asked[1]).toEqual([])
  })

  test('that is too little for the fee is told with the bound of the fee', async () => {
    await bring({ use: 'only' })
    setBalance(100n)
    const { response, text } = await ask({ max_tokens: 4_000 })
    expect(response.status).toBe(402)
    const { metadata } = JSON.parse(text).error
    // 5 % of $0.001112 and of what the bytes of the prompt come to.
    expect(Number(metadata.bound_usd)).toBeLessThan(0.0006)
  })

  test('is not needed where there is no fee', async () => {
    const { ownCredentials: _, ...catalogue } = world.parts.catalogue
    world.gateway.replaceCatalogue(catalogue)
    await bring({ use: 'only' })
    setBalance(0n)
    const { response, text, record } = await ask()
    expect(response.status).toBe(200)
    expect(JSON.parse(text).usage).toMatchObject({ cost: 0, is_byok: true })
    expect(record).toMatchObject({ costNanoUsd: 0n, own: { upstreamNanoUsd: listed } })
  })
})

describe('a provider without a key of this installation', () => {
  beforeEach(() => {
    const { catalogue } = world.parts
    const models = catalogue.models.map((model) => ({
      ...model,
      endpoints: model.endpoints.slice(0, 1).map((endpoint) => ({
        ...endpoint,
        provider: { ...endpoint.provider, apiKey: null, needsOwnCredential: true },
      })),
    }))
    const byName = new Map(models.map((model) => [model.id, model]))
    const providers = models.flatMap(({ endpoints }) => endpoints.map(({ provider }) => provider))
    world.gateway.replaceCatalogue({ ...catalogue, models, byName, providers })
  })

  test('serves those who bring one, and says so to those who do not', async () => {
    const response = await world.chat(hello)
    const { error } = await response.json()
    expect([response.status, error.code]).toEqual([404, 'no_endpoint_allowed'])
    expect(error.message).toContain('own_credential_required')
    expect(keysAsked()).toEqual([[], []])
    await bring()
    expect((await ask()).asked).toEqual([[own], []])
  })

  test('is not asked without one when that was refused', async () => {
    await bring()
    Object.assign(upstreams[0] ?? {}, { script: answerWith(401, {}) })
    const { response, asked } = await ask()
    expect([response.status, asked]).toEqual([401, [[own], []]])
  })
})

describe('a server of the customer’s own', () => {
  const models = [{ model: 'test/model', upstreamModel: 'acme-7b' }]
  const custom = (baseUrl: string) =>
    bring({ provider: 'custom', label: 'Mine', baseUrl, protocol: 'openai', models })

  test('gets the customer’s key over https, at the list price of the model', async () => {
    await custom(server.url)
    const { text, record, asked } = await ask()
    expect(server.keys).toEqual([`Bearer ${own}`])
    expect(asked).toEqual([[], []])
    expect(JSON.parse(text)).toMatchObject({ provider: 'Mine', usage: { is_byok: true } })
    expect(record).toMatchObject({ provider: 'custom', upstreamModel: 'acme-7b' })
    expect(record.costNanoUsd).toBe(fee)
  })

  test('inside is not reached, and the shared endpoints are asked', async () => {
    await custom(`https://169.254.169.254:${new URL(server.url).port}/v1`)
    const { response, record } = await ask()
    expect(response.status).toBe(200)
    expect(record.routingPath).toMatchObject([
      { provider: 'custom', errorClass: 'address_refused' },
      { provider: 'provider-1', errorClass: null },
    ])
  })

  test('inside, used only, is told as what it is', async () => {
    const baseUrl = 'https://10.0.0.1/v1'
    await bring({ provider: 'custom', label: 'Mine', use: 'only', baseUrl, models })
    const { response, text } = await ask()
    const { error } = JSON.parse(text)
    expect([response.status, error.code]).toEqual([400, 'own_address_refused'])
    expect(error.message).toContain('"Mine"')
  })
})
