import { describe, expect, test } from 'vitest'

import { notice } from '#adapters/simulated/answer.ts'
import type { ModelRequest } from '#gateway/canonical/request.ts'
import { anthropicProtocol } from '#gateway/providers/anthropic/anthropic-protocol.ts'
import { bedrockProtocol } from '#gateway/providers/bedrock/bedrock-protocol.ts'
import { geminiProvider } from '#gateway/providers/gemini/gemini-protocol.ts'
import { openaiResponsesProtocol } from '#gateway/providers/openai-responses/openai-responses-protocol.ts'
import { openaiProtocol } from '#gateway/providers/openai/openai-protocol.ts'

import {
  answerTo,
  continued,
  decode,
  encode,
  eventsIn,
  requestOf,
  send,
  type SpokenAt,
} from './translated.ts'

type Json = Readonly<Record<string, unknown>>

/** Claude's name in front makes our encoders send thoughts back, as they do to a real Claude. */
const places: readonly (readonly [string, Omit<SpokenAt, 'model'>, string])[] = [
  ['chat', { protocol: openaiProtocol, provider: 'simulated', baseUrl: 'simulated:' }, ''],
  [
    'Responses',
    { protocol: openaiResponsesProtocol, provider: 'mine', baseUrl: 'simulated:responses' },
    '',
  ],
  [
    'Anthropic',
    { protocol: anthropicProtocol, provider: 'mine', baseUrl: 'simulated:anthropic' },
    'claude-sonnet-4-5/',
  ],
  [
    'Gemini',
    { protocol: geminiProvider, provider: 'mine', baseUrl: 'simulated:gemini' },
    'gemini-3-pro/',
  ],
  [
    'Bedrock',
    { protocol: bedrockProtocol, provider: 'mine', baseUrl: 'simulated:bedrock' },
    'us.anthropic.claude-sonnet-4-5/',
  ],
]

describe.each(places)('in the protocol of %s', (_, place, prefix) => {
  const at = (model: string): SpokenAt => ({ ...place, model: `${prefix}${model}` })
  const ask = (body: Json, model = 'sim/echo') => answerTo(requestOf(body), at(model))

  test('an answer is the same text whole and streamed, with the same exact counts', async () => {
    const body = { messages: [user('Hello there')] }
    const whole = await ask(body)
    const streamed = await ask({ ...body, stream: true, stream_options: { include_usage: true } })
    const text = `${notice} You said: Hello there`
    expect(whole).toMatchObject({ items: [{ kind: 'text', text }], finish: 'stop' })
    expect(streamed.items).toEqual(whole.items)
    expect(streamed.finish).toBe('stop')
    for (const { usage } of [whole, streamed]) {
      expect(usage).toMatchObject({ prompt_tokens: 6, completion_tokens: 17 })
    }
  })

  test.each([false, true])(
    'a script of calls is played turn by turn (stream: %s)',
    async (stream) => {
      const script =
        'call weather {"city": "Oslo"} call weather {"city": "Rome"} then call weather {"city": "call weather"}'
      let request = requestOf({ messages: [user(script)], tools: [weather], stream })
      const heard: unknown[] = []
      for (let turn = 0; turn < 2; turn += 1) {
        const answer = await answerTo(request, at('sim/tools'))
        expect(answer.finish).toBe('tool_calls')
        const calls = answer.items.filter((item) => item.kind === 'tool_call')
        heard.push(calls.map((call) => JSON.parse(call.arguments)))
        request = continued(request, answer, `result ${turn}`)
      }
      expect(heard).toEqual([[{ city: 'Oslo' }, { city: 'Rome' }], [{ city: 'call weather' }]])
      const last = await answerTo(request, at('sim/tools'))
      expect(last.items).toMatchObject([
        { kind: 'text', text: `${notice} The tool said: result 1` },
      ])
      expect(last.finish).toBe('stop')
    },
  )

  test.each([false, true])(
    'a thought comes before the answer, signed, and goes back unchanged or not at all (stream: %s)',
    async (stream) => {
      const request = requestOf({
        messages: [user('call weather {"city": "Oslo"}')],
        tools: [weather],
        reasoning: { effort: 'high' },
        stream,
      })
      const first = await answerTo(request, at('sim/reason'))
      const thought = first.items.find((item) => item.kind === 'reasoning' && item.text !== '')
      expect(thought).toMatchObject({ text: expect.stringContaining('thought is simulated') })
      // Anthropic and Bedrock count thoughts as output, and do not say which part of it they are.
      if (!/anthropic|bedrock/.test(place.protocol.name)) {
        expect(first.usage).toMatchObject({ completion_tokens_details: { reasoning_tokens: 26 } })
      }
      const next = continued(request, first, 'rain')
      const last = await answerTo(next, at('sim/reason'))
      expect(last.items.find(({ kind }) => kind === 'text')).toMatchObject({
        text: `${notice} The tool said: rain`,
      })

      const refused = await send(encode(withForgedThoughts(next), at('sim/reason')))
      expect(refused.status).toBe(400)
    },
  )

  test('thoughts can be switched off', async () => {
    const body = { messages: [user('Hi')], reasoning: { effort: 'none' } }
    const { items } = await ask(body, 'sim/reason')
    // Gemini 3 cannot be told.
    const isTold = place.protocol.name !== 'gemini'
    expect(items.some(({ kind }) => kind === 'reasoning')).toBe(!isTold)
  })

  test('a limit ends it, and a schema is obeyed', async () => {
    const short = await ask({ messages: [user('Hi')], max_tokens: 16 }, 'sim/stream')
    expect(short.finish).toBe('length')
    expect(short.usage).toMatchObject({ completion_tokens: 16 })
    const schema = {
      type: 'object',
      properties: { n: { type: 'integer', enum: [4] } },
      required: ['n'],
      additionalProperties: false,
    }
    const response_format = { type: 'json_schema', json_schema: { name: 'x', schema } }
    const { items } = await ask({ messages: [user('Hi')], response_format })
    expect(items).toMatchObject([{ kind: 'text', text: expect.stringMatching(/^\{"n": ?4\}$/) }])
  })

  test.each([429, 503, 400])('status %i is an error in its own envelope', async (asked) => {
    const heard = await send(
      encode(requestOf({ messages: [user(`sim: error=${asked}`)] }), at('sim/echo')),
    )
    const read = place.protocol.readError({
      status: heard.status ?? 0,
      headers: heard.headers,
      body: JSON.parse(heard.chunks.join('')),
    })
    expect(read.status).toBe(asked)
    expect(JSON.stringify(read.body)).toContain('This error is simulated')
  })

  test('an error in the middle of a stream is one, and a cut stream has no end', async () => {
    const broken = (error: string) =>
      requestOf({ messages: [user(`Hi\nsim: error=${error}`)], stream: true })
    const middle = broken('mid-stream')
    const heard = await send(encode(middle, at('sim/stream')))
    const decoder = place.protocol.openDecoder({ request: middle, callIdPrefix: 'Test' })
    const deltas = eventsIn(heard, place.protocol).flatMap((event) => decoder.take(event))
    expect(deltas.at(-1)).toMatchObject({ kind: 'error' })
    const cut = broken('truncate')
    const { finish } = decode(await send(encode(cut, at('sim/stream'))), {
      request: cut,
      at: at('sim/stream'),
    })
    expect(finish).toBeNull()
  })

  test('an unknown model is refused', async () => {
    const heard = await send(encode(requestOf({ messages: [user('Hi')] }), at('none')))
    expect(heard.status).toBe(404)
    expect(heard.chunks.join('')).toContain('is not simulated here')
  })
})

test('Anthropic wants a limit, and the Responses API stores nothing to go on from', async () => {
  const anthropic = { model: 'sim/echo', messages: [user('Hi')] }
  const refused = await send(plain('simulated:anthropic/messages', anthropic))
  expect(refused.chunks.join('')).toContain('max_tokens: Field required')
  const responses = { model: 'sim/echo', input: 'Hi', previous_response_id: 'resp_1' }
  const unknown = await send(plain('simulated:responses/responses', responses))
  expect(unknown.chunks.join('')).toContain('previous_response_not_found')
})

test('legacy completions are answered, whole and streamed', async () => {
  const body = { model: 'sim/echo', prompt: 'Once upon a time' }
  const whole = await send(plain('simulated:/completions', body))
  const text = `${notice} You said: Once upon a time`
  expect(JSON.parse(whole.chunks.join(''))).toMatchObject({
    object: 'text_completion',
    choices: [{ text, finish_reason: 'stop' }],
  })
  const streamed = await send(plain('simulated:/completions', { ...body, stream: true }))
  const pieces = eventsIn(streamed, openaiProtocol)
    .filter(({ data }) => data.startsWith('{'))
    .map(({ data }) => Object(JSON.parse(data)).choices[0].text)
  expect(pieces.join('')).toBe(text)
})

test('sim/tools says which tool is missing, and begins by itself where nothing is asked', async () => {
  const at: SpokenAt = {
    protocol: openaiProtocol,
    provider: 'simulated',
    baseUrl: 'simulated:',
    model: 'sim/tools',
  }
  const missing = requestOf({ messages: [user('call sunshine {}')], tools: [weather] })
  expect((await answerTo(missing, at)).items).toMatchObject([
    { kind: 'text', text: `${notice} There is no tool "sunshine" here; there are: weather.` },
  ])
  const idle = requestOf({ messages: [user('Hello')], tools: [weather] })
  const first = await answerTo(idle, at)
  expect(first.items).toMatchObject([{ kind: 'tool_call', name: 'weather' }])
  const { items } = await answerTo(continued(idle, first, 'rain'), at)
  expect(items).toMatchObject([{ kind: 'text', text: `${notice} The tool said: rain` }])
})

const weather = {
  type: 'function',
  function: {
    name: 'weather',
    description: 'The weather',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
}

/** Thoughts of the same maker that were changed on the way. */
function withForgedThoughts(request: ModelRequest): ModelRequest {
  return {
    ...request,
    messages: request.messages.map((message) => ({
      ...message,
      parts: message.parts.map((part) => {
        if (part.kind !== 'reasoning') return part
        const spoilt = (text: string | null) => (text === null ? null : `Zm9y${text}`)
        return part.format === 'google-gemini-v1' || part.text === ''
          ? { ...part, signature: spoilt(part.signature), data: spoilt(part.data) }
          : { ...part, text: `${part.text} Not quite.` }
      }),
    })),
  }
}

function plain(url: string, body: Json) {
  return { url, headers: {}, body, warnings: [] }
}

function user(content: string): Json {
  return { role: 'user', content }
}
