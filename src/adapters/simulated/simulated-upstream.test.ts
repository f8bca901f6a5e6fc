import { describe, expect, it } from 'vitest'

import {
  ask,
  askEvents,
  askJson,
  eventsOf,
  makeProvider,
  userSays,
} from '#test/simulated/simulated-harness.ts'

import { notice } from './answer.ts'
import { isSimulatedUrl } from './simulated-upstream.ts'

describe('an answer', () => {
  it('repeats the last user message and says that it is simulated', async () => {
    const { choices } = await askJson(userSays('Hello there'))
    expect(choices[0]?.message).toEqual({
      role: 'assistant',
      content: `${notice} You said: Hello there`,
      refusal: null,
    })
    expect(choices[0]?.finish_reason).toBe('stop')
  })

  it('is the same, byte for byte, for the same request, and has another id for another', async () => {
    const streamed = userSays('Hello', { model: 'sim/stream', stream: true })
    expect((await ask(streamed)).chunks).toEqual((await ask(streamed)).chunks)
    const first = await askJson(userSays('Hello'))
    const other = await askJson(userSays('Hallo'))
    expect(first.id).not.toBe(other.id)
  })

  it('is the same text streamed and not, piece by piece', async () => {
    for (const model of ['sim/echo', 'sim/stream']) {
      const body = userSays('Tell me “something”, in 3 words.', { model })
      const events = await askEvents(body)
      const streamed = events.map(({ choices }) => choices[0]?.delta.content ?? '').join('')
      const whole = await askJson(body)
      expect(streamed).toBe(whole.choices[0]?.message.content)
      expect(streamed).toContain(notice)
      expect(events[0]?.choices[0]?.delta.role).toBe('assistant')
      expect(events.at(-1)?.choices[0]?.finish_reason).toBe('stop')
    }
  })

  it('counts tokens by the written rule, in both forms', async () => {
    // 4 for the message, 2 words; the notice has 11 tokens, "You said:" 3, the echo 2.
    const usage = {
      prompt_tokens: 6,
      completion_tokens: 17,
      total_tokens: 23,
      prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
      completion_tokens_details: {
        reasoning_tokens: 0,
        audio_tokens: 0,
        accepted_prediction_tokens: 0,
        rejected_prediction_tokens: 0,
      },
    }
    const body = userSays('Hello there')
    expect((await askJson(body)).usage).toEqual(usage)
    const events = await askEvents({ ...body, stream_options: { include_usage: true } })
    expect(events.at(-1)).toMatchObject({ choices: [], usage })
    expect(events.slice(0, -1).every((event) => event.usage === null)).toBe(true)
    expect((await askEvents(body)).every((event) => event.usage === undefined)).toBe(true)
  })

  it('counts parts that are not text, tools, and earlier calls', async () => {
    const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }
    const call = { id: 'c', type: 'function', function: { name: 'f', arguments: '{"a": 1}' } }
    const { usage } = await askJson({
      model: 'sim/echo',
      messages: [
        { role: 'user', content: [{ type: 'text', text: 'What is this?' }, image] },
        { role: 'assistant', content: null, tool_calls: [call] },
        { role: 'tool', tool_call_id: 'c', content: 'a cat' },
      ],
      tools: [{ type: 'function', function: { name: 'f' } }],
    })
    // 3 messages, "What is this ?", an image, a call of 5 with 7 signs, "a cat", a tool.
    expect(usage?.['prompt_tokens']).toBe(12 + 4 + 100 + 12 + 2 + 10)
  })

  it('ends at max_tokens with "length", and before a stop text with "stop"', async () => {
    const short = await askJson(userSays('Hello', { max_tokens: 4 }))
    expect(short.choices[0]).toMatchObject({
      message: { content: 'This answer is simulated' },
      finish_reason: 'length',
    })
    expect(short.usage?.['completion_tokens']).toBe(4)
    const stopped = await askJson(userSays('Hello', { stop: ['You said', 'zebra'] }))
    expect(stopped.choices[0]).toMatchObject({
      message: { content: `${notice} ` },
      finish_reason: 'stop',
    })
  })

  it('has n choices, each counted', async () => {
    const { choices, usage } = await askJson(userSays('Hello there', { n: 3 }))
    expect(choices.map(({ index }) => index)).toEqual([0, 1, 2])
    expect(usage?.['completion_tokens']).toBe(3 * 17)
    const events = await askEvents(userSays('Hello there', { n: 3 }))
    const finished = events.filter((event) => event.choices[0]?.finish_reason === 'stop')
    expect(finished.map((event) => event.choices[0]?.index)).toEqual([0, 1, 2])
  })

  it('repeats the result of a tool instead of calling again', async () => {
    const { choices } = await askJson({
      model: 'sim/echo',
      messages: [
        { role: 'user', content: 'call f' },
        { role: 'tool', tool_call_id: 'c', content: '17 degrees' },
      ],
      tools: [{ type: 'function', function: { name: 'f' } }],
    })
    expect(choices[0]?.message.content).toBe(`${notice} The tool said: 17 degrees`)
  })

  it('does not send back more of a long message than it needs to', async () => {
    const { choices } = await askJson(userSays('😀'.repeat(200_000)))
    const content = choices[0]?.message.content ?? ''
    expect(content.length).toBeLessThan(2200)
    expect(content.isWellFormed()).toBe(true)
  })
})

describe('time', () => {
  it('passes between the pieces of a stream as asked, in the body or in the message', async () => {
    for (const body of [
      userSays('Hi', { stream: true, sim: { chunks: 3, chunkDelayMs: 50 } }),
      userSays('Hi\nsim: chunks=3 chunkDelayMs=50', { stream: true }),
    ]) {
      const { send, settle, advance } = makeProvider()
      const { heard } = send(body)
      await settle()
      expect(eventsOf(heard)).toHaveLength(2)
      await advance(49)
      expect(eventsOf(heard)).toHaveLength(2)
      await advance(1)
      expect(eventsOf(heard)).toHaveLength(3)
      await advance(50)
      expect(heard.end).toBe('end')
      expect(heard.chunks.at(-1)).toBe('data: [DONE]\n\n')
    }
  })

  it('passes in sim/stream by itself, and before the first byte where asked', async () => {
    const { send, advance } = makeProvider()
    const { heard } = send(
      userSays('Hi', { model: 'sim/stream', stream: true, sim: { firstByteDelayMs: 300 } }),
    )
    await advance(299)
    expect(heard.status).toBeNull()
    await advance(1)
    expect(heard.status).toBe(200)
    expect(heard.end).toBeNull()
    await advance(59 * 20)
    expect(heard.end).toBe('end')
  })

  it('never runs out for the caller: its own timeouts are kept', async () => {
    const late = await ask(userSays('Hi', { sim: { firstByteDelayMs: 60_001 } }))
    expect(late).toMatchObject({ status: null, end: 'timed_out' })
    const slow = await ask(userSays('Hi', { stream: true, sim: { chunkDelayMs: 1001 } }), {
      idleTimeoutMs: 1000,
    })
    expect(slow).toMatchObject({ status: 200, end: 'timed_out' })
  })
})

describe('a call', () => {
  const endless = userSays('Hi', { stream: true, sim: { chunks: 1000, chunkDelayMs: 10 } })

  it('says nothing before send has returned', async () => {
    const { send, settle } = makeProvider()
    const { heard } = send(userSays('Hi'))
    expect(heard.status).toBeNull()
    await settle()
    expect(heard.end).toBe('end')
  })

  it('that is aborted is silent from then on and leaves no timer', async () => {
    const { send, advance, timerCount } = makeProvider()
    const { heard, call } = send(endless)
    await advance(100)
    const count = heard.chunks.length
    expect(timerCount()).toBe(1)
    call.abort()
    expect(timerCount()).toBe(0)
    await advance(10_000)
    expect(heard.chunks).toHaveLength(count)
    expect(heard.end).toBeNull()
  })

  it('that is paused holds its pieces, and goes on where it was', async () => {
    const { send, advance } = makeProvider()
    const { heard, call } = send(endless)
    await advance(100)
    const count = heard.chunks.length
    call.pause()
    await advance(10_000)
    expect(heard.chunks).toHaveLength(count)
    call.resume()
    call.pause()
    call.resume()
    await advance(10)
    expect(heard.chunks.length).toBeGreaterThan(count)
    expect(heard.chunks.length).toBeLessThan(count + 4)
    await advance(20_000)
    expect(heard.end).toBe('end')
    expect(eventsOf(heard)).toHaveLength(1002)
  })

  it('that is paused by its own handler stops within that piece', async () => {
    const { send, settle } = makeProvider()
    const { heard, call } = send(userSays('Hi', { stream: true }))
    heard.chunks.push = (chunk) => {
      call.pause()
      return Array.prototype.push.call(heard.chunks, chunk)
    }
    await settle()
    expect(heard.chunks).toHaveLength(1)
    call.resume()
    await settle()
    expect(heard.chunks).toHaveLength(2)
  })

  it('without delays lets others have a turn, however long it is', async () => {
    const { send, settle, advance } = makeProvider()
    const { heard } = send(userSays('Hi', { stream: true, sim: { chunks: 5000 } }))
    await settle()
    expect(heard.end).toBeNull()
    await advance(1)
    expect(heard.end).toBe('end')
    expect(eventsOf(heard)).toHaveLength(5002)
  })

  it('with thousands of others holds one timer each, and none when all are over', async () => {
    const { send, advance, timerCount } = makeProvider()
    const all = Array.from({ length: 3000 }, () =>
      send(userSays('Hi', { stream: true, sim: { chunks: 3, chunkDelayMs: 10 } })),
    )
    await advance(1)
    expect(timerCount()).toBe(3000)
    for (const { call } of all) call.abort()
    expect(timerCount()).toBe(0)
  })
})

describe('errors on request', () => {
  const cases: [unknown, object][] = [
    ['refused', { status: null, end: 'connect_failed' }],
    ['reset', { status: null, end: 'reset' }],
    ['silence', { status: null, end: 'timed_out' }],
    ['html', { status: 200, end: 'end', headers: { 'content-type': 'text/html' } }],
    ['bad-json', { status: 200, end: 'end' }],
    ['in-body', { status: 200, end: 'end' }],
    [503, { status: 503, end: 'end' }],
  ]
  it.each(cases)('%s comes instead of an answer, streamed or not', async (error, expected) => {
    for (const stream of [true, false]) {
      expect(await ask(userSays('Hi', { stream, sim: { error } }))).toMatchObject(
        'headers' in expected
          ? { ...expected, headers: expect.objectContaining(expected.headers) }
          : expected,
      )
    }
  })

  it('a status has an error body in OpenAI’s shape, and Retry-After where asked', async () => {
    const heard = await ask(userSays('Hi', { sim: { error: 429, retryAfterSeconds: 7 } }))
    expect(heard.headers['retry-after']).toBe('7')
    expect(JSON.parse(heard.chunks.join(''))).toMatchObject({
      error: { type: 'rate_limit_error', code: 'rate_limit_exceeded', param: null },
    })
  })

  it.each([
    ['mid-stream', 'end'],
    ['truncate', 'end'],
    ['cut', 'reset'],
    ['stall', 'timed_out'],
  ])('%s comes after as many pieces as asked, and never with [DONE]', async (error, end) => {
    const heard = await ask(
      userSays('Hi', { stream: true, sim: { error, errorAfterChunks: 2, chunkDelayMs: 5 } }),
    )
    const events = eventsOf(heard)
    const texts = events.flatMap(({ choices }) => choices?.[0]?.delta.content || [])
    expect(texts).toEqual(['This', ' answer'])
    expect(heard.end).toBe(end)
    expect(heard.chunks.join('')).not.toContain('[DONE]')
    expect(events.at(-1)?.error?.type).toBe(error === 'mid-stream' ? 'server_error' : undefined)
  })

  it.each([
    ['truncate', 'end'],
    ['cut', 'reset'],
    ['stall', 'timed_out'],
  ])('%s without a stream leaves half a body', async (error, end) => {
    const heard = await ask(userSays('Hi', { sim: { error } }))
    expect(heard.end).toBe(end)
    expect(() => JSON.parse(heard.chunks.join('')) as unknown).toThrow(SyntaxError)
  })
})

describe('other wishes', () => {
  it('are met: cached and reasoning tokens, a finish reason, no usage, no [DONE]', async () => {
    const { usage, choices } = await askJson(
      userSays('Hello there', {
        sim: { cachedTokens: 99, reasoningTokens: 5, finishReason: 'content_filter' },
      }),
    )
    expect(usage).toMatchObject({
      prompt_tokens: 6,
      completion_tokens: 22,
      prompt_tokens_details: { cached_tokens: 6 },
      completion_tokens_details: { reasoning_tokens: 5 },
    })
    expect(choices[0]?.finish_reason).toBe('content_filter')
    const silent = await ask(
      userSays('Hi', {
        stream: true,
        stream_options: { include_usage: true },
        sim: { usage: false, done: false },
      }),
    )
    expect(silent.end).toBe('end')
    expect(silent.chunks.join('')).not.toContain('[DONE]')
    expect(eventsOf(silent).every(({ usage: none }) => none === null)).toBe(true)
  })

  it('may be absurd where a client’s care is to be tested', async () => {
    const absurd = { prompt_tokens: -5, completion_tokens: 1e300, surprise: [null] }
    expect((await askJson(userSays('Hi', { sim: { usage: absurd } }))).usage).toEqual(absurd)
  })

  it.each([
    [{ surprise: 1 }, 'sim.surprise'],
    [{ chunkDelayMs: -1 }, 'sim.chunkDelayMs'],
    [{ chunks: 10_001 }, 'sim.chunks'],
    [{ error: 'often' }, 'sim.error'],
    [{ error: 200 }, 'sim.error'],
    ['fast', '"sim" must be an object'],
  ])('%j is refused by name', async (sim, words) => {
    const { error } = await askJson(userSays('Hi', { sim }))
    expect(error).toMatchObject({ type: 'invalid_request_error', param: 'sim' })
    expect(error?.message).toContain(words)
  })
})

describe('what OpenAI would refuse', () => {
  it.each([
    ['not JSON', '{"model":', 400],
    ['a list', '[]', 400],
    ['no messages', { model: 'sim/echo' }, 400],
    ['empty messages', { model: 'sim/echo', messages: [] }, 400],
    ['n of nothing', userSays('Hi', { n: 0 }), 400],
    ['no room', userSays('Hi', { max_tokens: 0 }), 400],
    ['another model', userSays('Hi', { model: 'gpt-4o' }), 404],
    ['a call that cannot be', userSays('Hi', { tool_choice: 'required' }), 400],
  ])('%s is refused', async (_, body, status) => {
    const heard = await ask(body)
    expect(heard).toMatchObject({ status, end: 'end' })
    expect(JSON.parse(heard.chunks.join(''))).toMatchObject({
      error: { message: expect.any(String), type: 'invalid_request_error' },
    })
  })

  it('another address is refused, and the models are listed at theirs', async () => {
    expect(await ask(userSays('Hi'), { url: 'simulated:/embeddings' })).toMatchObject({
      status: 404,
    })
    const list = await ask('', { url: 'simulated:/models', method: 'GET' })
    expect(JSON.parse(list.chunks.join(''))).toMatchObject({
      data: expect.arrayContaining([
        expect.objectContaining({ id: 'sim/echo' }),
        expect.objectContaining({ id: 'sim/transcribe' }),
      ]),
    })
    expect(isSimulatedUrl('simulated:/models')).toBe(true)
    expect(isSimulatedUrl('https://api.openai.com/v1/models')).toBe(false)
  })
})
