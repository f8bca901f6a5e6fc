import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { readChunks, spokenText } from '#test/gateway/event-text.ts'
import { startGatewayWorld, type GatewayWorld } from '#test/gateway/gateway-world.ts'
import {
  answerWith,
  chunk,
  completion,
  startScriptedUpstream,
  streamOf,
  usualStream,
  type Script,
  type ScriptedUpstream,
} from '#test/gateway/scripted-upstream.ts'

let upstreams: ScriptedUpstream[]
let world: GatewayWorld

beforeAll(async () => {
  upstreams = await Promise.all(
    Array.from({ length: 4 }, () => startScriptedUpstream(answerWith(200, completion()))),
  )
  world = await startGatewayWorld({
    providers: upstreams.map(({ baseUrl }) => ({ baseUrl })),
    limits: { upstreamFirstByteTimeoutMs: 300, upstreamWholeAnswerTimeoutMs: 300 },
  })
})

beforeEach(() => {
  for (const upstream of upstreams) {
    upstream.received.length = 0
    upstream.script = answerWith(200, completion())
  }
})

afterAll(async () => {
  await world.close()
  await Promise.all(upstreams.map((upstream) => upstream.close()))
})

const hello = { model: 'test/model', messages: [{ role: 'user', content: 'Hi' }] }

function script(index: number, what: Script): void {
  const upstream = upstreams[index]
  if (upstream) upstream.script = what
}

async function ask(members: object = {}) {
  const response = await world.chat({ ...hello, ...members })
  const text = await response.text()
  const record = await world.recordOf(response.headers.get('x-generation-id'))
  return { response, text, record, asked: upstreams.map(({ received }) => received.length) }
}

describe('another endpoint is asked', () => {
  test.each<[string, Script, string]>([
    ['a connection that is cut', ({ socket }) => void socket.destroy(), 'reset'],
    ['408', answerWith(408, {}), 'status'],
    ['429', answerWith(429, {}), 'status'],
    ['500', answerWith(500, {}), 'status'],
    ['402: our own credit there is used up', answerWith(402, {}), 'status'],
    ['a page', answerWith(200, '<html>'), 'invalid_response'],
    [
      'an overload inside a 200',
      answerWith(200, { error: { code: 529, message: 'busy' } }),
      'error_in_body',
    ],
    ['silence', () => undefined, 'timed_out'],
  ])('after %s', async (_, failing, errorClass) => {
    script(0, failing)
    const { response, record, asked } = await ask()
    expect(response.status).toBe(200)
    expect(asked).toEqual([1, 1, 0, 0])
    expect(record).toMatchObject({
      provider: 'provider-2',
      outcome: 'completed',
      costNanoUsd: 20_000n,
    })
    expect(record.routingPath).toMatchObject([
      { provider: 'provider-1', errorClass },
      { provider: 'provider-2', errorClass: null, status: 200 },
    ])
    // One charge for all attempts.
    expect(world.credit.records.filter(({ id }) => id === record.id)).toHaveLength(1)
  })

  test('when a stream fails before its first chunk', async () => {
    script(0, streamOf([': wait\n\n', 'data: {"error":{"message":"overloaded","code":503}}\n\n']))
    script(1, streamOf(['data: [DONE]\n\n']))
    script(2, streamOf(usualStream(['yes'])))
    const { text, record, asked } = await ask({ stream: true })
    expect(spokenText(text)).toBe('yes')
    expect(text).not.toContain('wait')
    expect(asked).toEqual([1, 1, 1, 0])
    expect(readChunks(text)[0].provider).toBe('Provider 3')
    expect(record.routingPath.map((attempt) => attempt.errorClass)).toEqual([
      'error_in_body',
      'truncated',
      null,
    ])
  })

  test('at most three times, and the last failure is told', async () => {
    for (const index of [0, 1, 2])
      script(index, answerWith(503, { error: { message: `no ${index}` } }))
    const { response, text, record, asked } = await ask()
    expect(asked).toEqual([1, 1, 1, 0])
    expect(response.status).toBe(502)
    expect(JSON.parse(text).error.message).toContain('Provider 3 reported an error: no 2')
    expect(record).toMatchObject({
      outcome: 'upstream_failed',
      costNanoUsd: 0n,
      provider: 'provider-3',
    })
  })

  test('with its own name of the model and its own key', async () => {
    script(0, answerWith(500, {}))
    await ask()
    const second = upstreams[1]?.received[0]
    expect(JSON.parse(second?.body ?? '').model).toBe('upstream-model-2')
    expect(second?.headers.authorization).toBe('Bearer sk-upstream-secret-2')
  })
})

describe('no other endpoint is asked', () => {
  test.each([400, 401, 403, 404, 409, 413, 422])('after status %i', async (status) => {
    script(0, answerWith(status, { error: { message: 'no' } }))
    const { response, asked } = await ask()
    expect(response.status).toBe(status)
    expect(asked).toEqual([1, 0, 0, 0])
  })

  test('once the client has seen a chunk', async () => {
    script(0, streamOf([chunk({ role: 'assistant', content: 'Once' })]))
    const { text, asked } = await ask({ stream: true })
    expect(text).toContain('"finish_reason":"error"')
    expect(asked).toEqual([1, 0, 0, 0])
  })

  test('when the request does not allow it', async () => {
    script(0, answerWith(500, {}))
    const { response, asked } = await ask({ provider: { allow_fallbacks: false } })
    expect(response.status).toBe(502)
    expect(asked).toEqual([1, 0, 0, 0])
  })
})

describe('the wishes of a request', () => {
  test('choose the order', async () => {
    const { asked } = await ask({ provider: { order: ['provider-3', 'provider-1'] } })
    expect(asked).toEqual([0, 0, 1, 0])
  })

  test('name the only ones', async () => {
    script(2, answerWith(500, {}))
    const { response, asked } = await ask({ provider: { only: ['provider-3'] } })
    expect(response.status).toBe(502)
    expect(asked).toEqual([0, 0, 1, 0])
  })

  test('name other models to fall back to', async () => {
    for (const index of [0, 1]) script(index, answerWith(500, {}))
    const { record } = await ask({
      models: ['nobody/knows', 'test/second'],
      provider: { only: ['provider-1', 'provider-2'] },
    })
    expect(record.routingPath).toHaveLength(3)
    expect(record.resolvedModel).toBe('test/second')
  })
})
