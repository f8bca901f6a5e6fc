import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { readChunks, readEvents, spokenText } from '#test/gateway/event-text.ts'
import { startGatewayWorld, type GatewayWorld } from '#test/gateway/gateway-world.ts'
import {
  answerWith,
  chunk,
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

describe('a stream', () => {
  const ask = (members: object = {}) => world.chat({ ...hello, stream: true, ...members })

  test('has the chunks of the upstream with our id, and the cost in the last one', async () => {
    upstream.script = streamOf(usualStream(['Hel', 'lo ', 'wörld 😀']))
    const response = await ask()
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    expect(response.headers.get('cache-control')).toBe('no-cache, no-transform')
    expect(response.headers.get('x-accel-buffering')).toBe('no')
    expect(response.headers.get('content-encoding')).toBeNull()
    const text = await response.text()
    const chunks = readChunks(text)
    expect(spokenText(text)).toBe('Hello wörld 😀')
    expect(chunks).toHaveLength(6)
    for (const each of chunks) {
      expect(each.id).toBe(response.headers.get('x-generation-id'))
      expect(each.provider).toBe('Tëst AI')
      expect(each.model).toBe('gpt-test-2026')
    }
    expect(chunks.at(-1)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 10, cost: 0.00002 },
    })
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true)
    const record = await world.recordOf(chunks[0].id)
    expect(record).toMatchObject({
      outcome: 'completed',
      streamed: true,
      costNanoUsd: 20_000n,
      finishReason: 'stop',
      usageSource: 'upstream',
    })
    expect(record.timeToFirstTokenMs).toBeGreaterThanOrEqual(0)
  })

  test('passes on as it comes, and holds back only its end until the charge is durable', async () => {
    let open = (): void => undefined
    world.credit.settleGate = new Promise((resolve) => (open = resolve))
    upstream.script = streamOf(usualStream(['one', 'two']))
    const response = await ask()
    const reader = response.body?.getReader()
    let text = ''
    while (!text.includes('"finish_reason":"stop"')) {
      text += Buffer.from((await reader?.read())?.value ?? []).toString()
    }
    expect(text).not.toContain('[DONE]')
    expect(text).not.toContain('"cost"')
    open()
    for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
      text += Buffer.from(part.value).toString()
    }
    expect(text).toContain('[DONE]')
    world.credit.settleGate = null
  })

  test('whose charge cannot be made durable ends with an error, without its end', async () => {
    world.credit.settleError = new Error('the disk is full')
    upstream.script = streamOf(usualStream(['one']))
    const text = await (await ask()).text()
    world.credit.settleError = null
    expect(text).not.toContain('[DONE]')
    expect(readChunks(text).at(-1)).toMatchObject({ error: { code: 503 } })
  })

  test('with usage on its last choice gets the cost there', async () => {
    upstream.script = streamOf([
      chunk({ role: 'assistant', content: 'a' }),
      chunk({ content: 'b' }, { usage: { prompt_tokens: 10, completion_tokens: 5 } }, 'stop'),
      'data: [DONE]\n\n',
    ])
    const chunks = readChunks(await (await ask()).text())
    expect(chunks).toHaveLength(2)
    expect(chunks[1]).toMatchObject({
      choices: [{ delta: { content: 'b' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 10, cost: 0.00002 },
    })
  })

  test('with running totals is billed by the last one', async () => {
    const usage = (completion_tokens: number) => ({
      usage: { prompt_tokens: 10, completion_tokens },
    })
    upstream.script = streamOf([
      chunk({ role: 'assistant', content: 'a' }, usage(1)),
      chunk({ content: 'b' }, usage(2)),
      chunk({ content: 'c' }, usage(3), 'stop'),
      'data: [DONE]\n\n',
    ])
    const chunks = readChunks(await (await ask()).text())
    expect(chunks.map((each) => each.usage.cost ?? null)).toEqual([null, null, 0.000016])
  })

  test('with usage in a place of its own gets a chunk with usage', async () => {
    upstream.script = streamOf([
      chunk({ role: 'assistant', content: 'a' }),
      chunk({}, { x_groq: { usage: { prompt_tokens: 10, completion_tokens: 5 } } }, 'stop'),
      'data: [DONE]\n\n',
    ])
    const chunks = readChunks(await (await ask()).text())
    expect(chunks.at(-1)).toMatchObject({
      object: 'chat.completion.chunk',
      model: 'gpt-test-2026',
      choices: [],
      usage: { prompt_tokens: 10, completion_tokens: 5, cost: 0.00002 },
    })
  })

  test('without usage is counted here', async () => {
    upstream.script = streamOf([
      chunk({ role: 'assistant', content: 'abcd' }),
      chunk({ content: 'e"f\\gh' }),
      chunk({}, {}, 'stop'),
      'data: [DONE]\n\n',
    ])
    const response = await ask()
    const chunks = readChunks(await response.text())
    // abcde"f\gh is ten letters.
    expect(chunks.at(-1).usage.completion_tokens).toBe(3)
    const record = await world.recordOf(response.headers.get('x-generation-id'))
    expect(record.usageSource).toBe('estimated')
  })

  test('that ends without [DONE] but with a reason is complete', async () => {
    upstream.script = streamOf(usualStream(['a']).slice(0, -1))
    const text = await (await ask()).text()
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true)
    expect(readChunks(text).at(-1).usage.cost).toBe(0.00002)
  })

  test('that breaks off ends with an error chunk and no [DONE], and its delivered part is charged', async () => {
    upstream.script = streamOf([
      chunk({ role: 'assistant', content: 'Once upon a time' }),
      chunk({ content: ' there was' }),
    ])
    const response = await ask()
    const text = await response.text()
    expect(text).not.toContain('[DONE]')
    const last = readChunks(text).at(-1)
    expect(last).toMatchObject({
      id: response.headers.get('x-generation-id'),
      object: 'chat.completion.chunk',
      error: { code: 502, metadata: { error_type: 'provider_unavailable' } },
      choices: [{ index: 0, delta: { content: '' }, finish_reason: 'error' }],
    })
    const record = await world.recordOf(response.headers.get('x-generation-id'))
    expect(record).toMatchObject({
      outcome: 'upstream_failed',
      usageSource: 'estimated',
      faultCode: 'provider_invalid_response',
    })
    expect(record.usage.completionTokens).toBe(7)
    expect(record.routingPath[0]?.errorClass).toBe('truncated')
  })

  test('with an error in it passes the error on in our form', async () => {
    for (const event of [
      'data: {"error":{"message":"overloaded","type":"server_error","code":503}}\n\n',
      'event: error\ndata: {"error":{"message":"overloaded","status_code":503}}\n\n',
      'error: {"error":{"message":"overloaded"}}\n\n',
      chunk({ content: '' }, { error: { code: 503, message: 'overloaded' } }, 'error'),
    ]) {
      upstream.script = streamOf([chunk({ role: 'assistant', content: 'Once' }), event])
      const text = await (await ask()).text()
      const last = readChunks(text).at(-1)
      expect(last.error.message).toBe('Tëst AI reported an error: overloaded')
      expect(text).not.toContain('[DONE]')
    }
  })

  test('keeps comments', async () => {
    upstream.script = streamOf([': PROCESSING\n\n', ...usualStream(['a']), ': late\n\n'])
    const events = readEvents(await (await ask()).text())
    expect(events[0]).toEqual({ comment: ': PROCESSING', data: null })
    expect(events.at(-1)?.data).toBe('[DONE]')
  })

  test('of an upstream that writes in another order or with spaces is edited all the same', async () => {
    const spaced = usualStream(['é', 'b', 'c']).map((event) =>
      event.startsWith('data: {')
        ? `data: ${JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(event.slice(6))).toReversed()), null, ' ').replaceAll('\n', '')}\n\n`
        : event,
    )
    upstream.script = streamOf(spaced)
    const response = await ask()
    const text = await response.text()
    expect(spokenText(text)).toBe('ébc')
    const chunks = readChunks(text)
    expect(new Set(chunks.map(({ id }) => id))).toEqual(
      new Set([response.headers.get('x-generation-id')]),
    )
    expect(chunks.at(-1).usage.cost).toBe(0.00002)
  })

  test('that was answered with JSON, or with a page, is refused', async () => {
    upstream.script = answerWith(200, completion())
    expect((await ask()).status).toBe(502)
    upstream.script = answerWith(200, '<html>', { 'content-type': 'text/html' })
    expect((await ask()).status).toBe(502)
  })
})
