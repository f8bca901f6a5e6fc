import { describe, expect, test } from 'vitest'

import { notice } from '#adapters/simulated/answer.ts'
import { foldDeltas } from '#gateway/canonical/answer.ts'
import { listOf, objectOf } from '#gateway/canonical/json.ts'
import type { EncodedRequest } from '#gateway/canonical/provider-protocol.ts'
import type { ModelRequest, Part } from '#gateway/canonical/request.ts'
import { readChatRequest } from '#gateway/clients/chat/read-request.ts'
import { geminiProvider } from '#gateway/providers/gemini/gemini-protocol.ts'

import { ask, type Heard } from './simulated-harness.ts'

type Json = Readonly<Record<string, unknown>>

const weather = {
  type: 'function',
  function: {
    name: 'weather',
    description: 'The weather',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
}

describe('the simulated provider speaks Gemini, read by our own encoder and decoder', () => {
  test('an answer is the same text whole and streamed, with the same counts', async () => {
    const body = { messages: [user('Hello there')] }
    const whole = await translated(body)
    const streamed = await translated({ ...body, stream: true })
    const text = `${notice} You said: Hello there`
    expect(whole).toMatchObject({
      items: [{ kind: 'text', text }],
      finish: 'stop',
      nativeFinish: 'STOP',
    })
    expect(streamed.items).toEqual(whole.items)
    expect(streamed.usage).toEqual(whole.usage)
    expect(whole.usage).toMatchObject({ prompt_tokens: 6, completion_tokens: 17, total_tokens: 23 })
  })

  test('thoughts are shown and counted beside the text', async () => {
    const answer = await translated({
      messages: [user('Hi\nsim: reasoningTokens=7')],
      stream: true,
    })
    expect(answer.items[0]).toMatchObject({ kind: 'reasoning', text: notice })
    expect(answer.usage).toMatchObject({ completion_tokens_details: { reasoning_tokens: 7 } })
  })

  test('a tool is called with a signature that goes back, and its result ends the loop', async () => {
    for (const stream of [false, true]) {
      const first = { messages: [user('call weather {"city": "Oslo"}')], tools: [weather], stream }
      const { items, finish } = await translated(first)
      const call = items.find((item) => item.kind === 'tool_call')
      const signature = items.find((item) => item.kind === 'reasoning')
      expect(finish).toBe('tool_calls')
      expect(call).toMatchObject({ name: 'weather', arguments: '{"city":"Oslo"}' })
      expect(signature).toMatchObject({ callId: call?.id, format: 'google-gemini-v1' })
      const request = requestOf(first)
      const next: ModelRequest = {
        ...request,
        messages: [
          ...request.messages,
          {
            role: 'assistant',
            parts: items.flatMap((item): Part[] => {
              if (item.kind === 'reasoning') return [item]
              return item.kind === 'tool_call' ? [{ ...item, cache: null }] : []
            }),
            name: null,
          },
          {
            role: 'tool',
            parts: [
              {
                kind: 'tool_result',
                callId: call?.id ?? '',
                content: [{ kind: 'text', text: 'rain', cache: null }],
                isError: false,
                isCustom: false,
                cache: null,
              },
            ],
            name: null,
          },
        ],
      }
      const sent = encode(next)
      const turn = objectOf(listOf(sent.body['contents'])[1])
      expect(listOf(turn['parts'])).toMatchObject([
        { thoughtSignature: signature?.kind === 'reasoning' ? signature.data : null },
      ])
      const { items: last } = decode(await sendTo(sent), next)
      expect(last).toMatchObject([{ kind: 'text', text: `${notice} The tool said: rain` }])
    }
  })

  test('a limit ends it with MAX_TOKENS, and a schema is obeyed', async () => {
    const short = await translated({ messages: [user('Hi')], max_tokens: 3 })
    expect(short).toMatchObject({ finish: 'length', nativeFinish: 'MAX_TOKENS' })
    const schema = {
      type: 'object',
      properties: { n: { type: 'integer', minimum: 4 } },
      required: ['n'],
    }
    const response_format = { type: 'json_schema', json_schema: { name: 'x', schema } }
    const { items } = await translated({ messages: [user('Hi')], response_format })
    expect(items).toMatchObject([{ kind: 'text', text: '{"n":4}' }])
  })
})

describe('it misbehaves as Google does', () => {
  test.each([
    [429, 429, 'RESOURCE_EXHAUSTED'],
    [503, 503, 'UNAVAILABLE'],
    [400, 400, 'INVALID_ARGUMENT'],
  ])('with status %i', async (asked, status, type) => {
    const heard = await sendTo(encode(requestOf({ messages: [user(`Hi\nsim: error=${asked}`)] })))
    const read = geminiProvider.readError({
      status: heard.status ?? 0,
      headers: heard.headers,
      body: JSON.parse(heard.chunks.join('')),
    })
    expect(read).toMatchObject({ status, body: { error: { type } } })
  })

  test('an error in the middle is one, and a cut stream has no end', async () => {
    const broken = (error: string) =>
      requestOf({ messages: [user(`Hi\nsim: error=${error}`)], stream: true })
    const middle = broken('mid-stream')
    const heard = await sendTo(encode(middle))
    expect(eventsIn(heard).at(-1)).toContain('"error"')
    const cut = decode(await sendTo(encode(broken('truncate'))), middle)
    expect(cut.finish).toBeNull()
  })

  test('an unknown model is refused in its envelope', async () => {
    const heard = await ask(
      { contents: [] },
      { url: 'simulated:gemini/models/none:generateContent' },
    )
    expect(heard.status).toBe(404)
    expect(JSON.parse(heard.chunks.join(''))).toMatchObject({ error: { code: 404 } })
  })
})

async function translated(body: Json) {
  const request = requestOf(body)
  return decode(await sendTo(encode(request)), request)
}

function requestOf(body: Json): ModelRequest {
  return readChatRequest({ body: { model: 'sim', ...body }, headers: {}, address: null }).request
}

function encode(request: ModelRequest): EncodedRequest {
  const encoding = geminiProvider.encode(request, {
    provider: 'simulated',
    upstreamModel: 'sim/echo',
    maxOutputTokens: 1_000,
    maxTokens: null,
    baseUrl: 'simulated:gemini',
  })
  return encoding.kind === 'encoded' ? encoding.encoded : expect.fail(encoding.detail)
}

async function sendTo({ url, body }: EncodedRequest): Promise<Heard> {
  return await ask(body, { url })
}

function decode(heard: Heard, request: ModelRequest) {
  const context = { request, callIdPrefix: 'Test' }
  if (!request.stream) {
    const read = geminiProvider.decodeWhole(JSON.parse(heard.chunks.join('')), context)
    return read.kind === 'answer' ? foldDeltas(read.deltas) : expect.fail(JSON.stringify(read))
  }
  const decoder = geminiProvider.openDecoder(context)
  const events = eventsIn(heard).map((data) => ({ name: null, data, isException: false }))
  return foldDeltas([...events.flatMap((event) => decoder.take(event)), ...decoder.end()])
}

function eventsIn(heard: Heard): readonly string[] {
  return heard.chunks
    .join('')
    .split('\r\n\r\n')
    .filter((event) => event.startsWith('data: '))
    .map((event) => event.slice('data: '.length))
}

function user(content: string): Json {
  return { role: 'user', content }
}
