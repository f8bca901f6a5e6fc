import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { startGatewayWorld, type GatewayWorld } from '#test/gateway/gateway-world.ts'
import {
  answerWith,
  completion,
  startScriptedUpstream,
  streamOf,
  usualStream,
  type ScriptedUpstream,
} from '#test/gateway/scripted-upstream.ts'

let upstream: ScriptedUpstream
let world: GatewayWorld

beforeAll(async () => {
  upstream = await startScriptedUpstream(answerWith(200, completion()))
  world = await startGatewayWorld({ providers: [{ baseUrl: upstream.baseUrl, name: 'Tëst AI' }] })
})

beforeEach(() => {
  upstream.script = answerWith(200, completion())
  upstream.received.length = 0
})

afterAll(async () => {
  await world.close()
  await upstream.close()
})

const hello = { model: 'test/model', messages: [{ role: 'user', content: 'Hi' }] }

describe('a whole answer', () => {
  test('is the upstream answer with our id, the provider and the exact cost', async () => {
    const response = await world.chat(hello)
    expect(response.status).toBe(200)
    const body = await response.json()
    expect(body.id).toMatch(/^gen-\d{10}-[0-9A-Za-z]{20}$/)
    expect(response.headers.get('x-generation-id')).toBe(body.id)
    expect(body.provider).toBe('Tëst AI')
    // 10 x $1 + 5 x $2 a million.
    expect(body.usage).toEqual({
      ...completion().usage,
      cost: 0.00002,
      is_byok: false,
      cost_details: {
        upstream_inference_cost: null,
        upstream_inference_prompt_cost: 0.00001,
        upstream_inference_completions_cost: 0.00001,
      },
    })
    const { id: _, usage: __, provider: ___, ...rest } = body
    const { id: ____, usage: _____, ...recorded } = completion()
    expect(rest).toEqual(recorded)
  })

  test('keeps every byte of the upstream that is not ours', async () => {
    const text =
      '{ "choices":[{"message":{"content":"\\u00e9 é 😀 1.0e2","n":1.50}, "finish_reason":"stop"}],\n "id" : "a", "usage":{"prompt_tokens":1 , "completion_tokens":1,"x":1e2} }'
    upstream.script = answerWith(200, text)
    const answer = await (await world.chat(hello)).text()
    const id = /"id" : ("gen-[^"]+")/.exec(answer)?.[1] ?? ''
    const money =
      '"cost":0.000003,"is_byok":false,"cost_details":{"upstream_inference_cost":null,"upstream_inference_prompt_cost":0.000001,"upstream_inference_completions_cost":0.000002}'
    expect(answer).toBe(
      text.replace('"a"', id).replace('"x":1e2}', `"x":1e2,${money}},"provider":"T\\u00ebst AI"`),
    )
  })

  test('leaves only after its charge is durable', async () => {
    let open = (): void => undefined
    world.credit.settleGate = new Promise((resolve) => (open = resolve))
    let arrived = false
    const asking = world.chat(hello).then((response) => {
      arrived = true
      return response
    })
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(arrived).toBe(false)
    open()
    expect((await asking).status).toBe(200)
    world.credit.settleGate = null
  })

  test('does not leave when its charge cannot be made durable', async () => {
    world.credit.settleError = new Error('the disk is full')
    const response = await world.chat(hello)
    world.credit.settleError = null
    expect(response.status).toBe(503)
    expect(await response.text()).not.toContain('Hello there')
  })

  test('makes one log row with what happened', async () => {
    const response = await world.chat(hello, { headers: { 'user-agent': 'tester/1' } })
    const record = await world.recordOf(response.headers.get('x-generation-id'))
    expect(record).toMatchObject({
      accountId: world.customer.accountId,
      keyId: world.customer.keyId,
      requestedModel: 'test/model',
      resolvedModel: 'test/model',
      provider: 'provider-1',
      upstreamModel: 'upstream-model-1',
      upstreamId: 'chatcmpl-upstream1',
      outcome: 'completed',
      status: 200,
      faultCode: null,
      streamed: false,
      usageSource: 'upstream',
      finishReason: 'stop',
      costNanoUsd: 20_000n,
      priceVersionId: 'price_1',
      clientIp: '127.0.0.1',
      userAgent: 'tester/1',
      contentMode: 'metadata',
      usage: { promptTokens: 10, completionTokens: 5 },
      routingPath: [
        {
          provider: 'provider-1',
          upstreamModel: 'upstream-model-1',
          status: 200,
          errorClass: null,
        },
      ],
    })
    expect(world.credit.records.filter(({ id }) => id === record.id)).toHaveLength(1)
    expect(world.credit.openHolds()).toBe(0)
  })

  test('is found by an alias, and says which model that was', async () => {
    const response = await world.chat({ ...hello, model: 'model-alias' })
    const record = await world.recordOf(response.headers.get('x-generation-id'))
    expect(record).toMatchObject({ requestedModel: 'model-alias', resolvedModel: 'test/model' })
  })

  test('without usage is counted here, marked as estimated, and carries the count', async () => {
    const { usage: _, ...withoutUsage } = completion()
    upstream.script = answerWith(200, withoutUsage)
    const response = await world.chat(hello)
    const body = await response.json()
    const record = await world.recordOf(body.id)
    expect(record.usageSource).toBe('estimated')
    expect(body.usage.completion_tokens).toBe(3)
    expect(body.usage.prompt_tokens).toBe(record.usage.promptTokens)
    expect(body.usage.total_tokens).toBe(record.usage.promptTokens + 3)
    expect(record.costNanoUsd).toBeGreaterThan(0n)
  })

  test('with usage that cannot be true is counted here instead', async () => {
    for (const usage of [
      { prompt_tokens: -5, completion_tokens: 1 },
      { prompt_tokens: 1e12, completion_tokens: 1 },
      { prompt_tokens: 1.5, completion_tokens: 1 },
      { prompt_tokens: 1, completion_tokens: 'many' },
      'none',
    ]) {
      upstream.script = answerWith(200, completion({ usage }))
      const body = await (await world.chat(hello)).json()
      const record = await world.recordOf(body.id)
      expect(record.usageSource).toBe('estimated')
      expect(body.usage.completion_tokens).toBe(3)
    }
  })

  test('that brought nothing and gives no reason costs nothing', async () => {
    for (const finish_reason of [null, 'error']) {
      const choices = [{ index: 0, message: { role: 'assistant', content: '' }, finish_reason }]
      upstream.script = answerWith(200, completion({ choices }))
      const body = await (await world.chat(hello)).json()
      expect(body.usage.cost).toBe(0)
      expect((await world.recordOf(body.id)).usageSource).toBe('none')
    }
  })
})

describe('what goes upstream', () => {
  test('is the body as the client wrote it, but for the model and what is for us alone', async () => {
    const text =
      '{"model" : "model-alias" ,"messages":[{"role":"user","content":"é \\u00e9"}],\n"temperature":1.0,"provider":{"allow_fallbacks":true},"usage":{"include":true},"unknown":{"a":[1, 2]},"transforms":[],"session_id":"s"}'
    await world.chat(text)
    expect(upstream.received[0]?.body).toBe(
      '{"model" : "upstream-model-1" ,"messages":[{"role":"user","content":"é \\u00e9"}],\n"temperature":1.0,"unknown":{"a":[1, 2]}}',
    )
  })

  test('carries the provider key and our name, and nothing of the client', async () => {
    await world.chat(hello, {
      headers: { 'x-forwarded-for': '1.2.3.4', cookie: 'a=b', 'x-stainless-os': 'Linux' },
    })
    const { headers, path } = upstream.received[0] ?? {}
    expect(path).toBe('/v1/chat/completions')
    expect(headers).toMatchObject({
      authorization: 'Bearer sk-upstream-secret-1',
      'user-agent': 'codelace/test',
      'content-type': 'application/json',
    })
    expect(Object.keys(headers ?? {}).toSorted()).toEqual([
      'accept',
      'accept-encoding',
      'authorization',
      'connection',
      'content-length',
      'content-type',
      'host',
      'user-agent',
    ])
  })

  test('asks for usage whenever it streams', async () => {
    upstream.script = streamOf(usualStream(['a']))
    for (const [sent, wanted] of [
      [undefined, { include_usage: true }],
      [null, { include_usage: true }],
      [
        { include_usage: false, other: 1 },
        { include_usage: true, other: 1 },
      ],
      [{ include_usage: true }, { include_usage: true }],
    ]) {
      upstream.received.length = 0
      await (await world.chat({ ...hello, stream: true, stream_options: sent })).text()
      const body = JSON.parse(upstream.received[0]?.body ?? '')
      expect(body.stream_options).toEqual(wanted)
    }
  })
})
