import { describe, expect, test } from 'vitest'

import type { EncodedRequest, EncodingTarget } from '#gateway/canonical/provider-protocol.ts'
import type { Message, ModelRequest, Part, ReasoningPart } from '#gateway/canonical/request.ts'
import { noSampling } from '#gateway/canonical/request.ts'
import { asked } from '#test/gateway/asked.ts'

import { foreignCallSignature } from './contents.ts'
import { encodeGemini, encodeGeminiNative } from './encode.ts'

const base = 'https://generativelanguage.googleapis.com/v1beta'

describe('where a request goes', () => {
  test('whole answers and streams have their own address, also below a trailing slash', () => {
    expect(encode({}).url).toBe(`${base}/models/gemini-3-flash:generateContent`)
    expect(encode({ stream: true }, { baseUrl: `${base}/` }).url).toBe(
      `${base}/models/gemini-3-flash:streamGenerateContent?alt=sse`,
    )
  })

  test('Vertex differs in its base address only, and tuned models name their place', () => {
    const vertex =
      'https://aiplatform.googleapis.com/v1/projects/p/locations/global/publishers/google'
    expect(encode({}, { baseUrl: vertex }).url).toBe(
      `${vertex}/models/gemini-3-flash:generateContent`,
    )
    expect(encode({}, { upstreamModel: 'tunedModels/mine-1' }).url).toBe(
      `${base}/tunedModels/mine-1:generateContent`,
    )
  })
})

describe('the conversation', () => {
  test('system text at the start has its own place; neighbours of one role are one content', () => {
    const { body, warnings } = encode({
      messages: [
        say('system', 'Be brief.'),
        say('developer', 'Speak French.'),
        say('user', 'Hello'),
        say('user', 'again'),
        say('assistant', 'Salut'),
      ],
    })
    expect(body).toEqual({
      systemInstruction: { parts: [{ text: 'Be brief.' }, { text: 'Speak French.' }] },
      contents: [
        { role: 'user', parts: [{ text: 'Hello' }, { text: 'again' }] },
        { role: 'model', parts: [{ text: 'Salut' }] },
      ],
    })
    expect(warnings).toEqual([])
  })

  test('later system text stays where it was said, marked, with a warning', () => {
    const { body, warnings } = encode({ messages: [say('user', 'a'), say('system', 'b')] })
    expect(body['contents']).toEqual([
      { role: 'user', parts: [{ text: 'a' }, { text: '<system_message>\nb\n</system_message>' }] },
    ])
    expect(warnings.map(({ param }) => param)).toEqual(['messages[1]'])
  })

  test('a conversation of system text alone becomes a user turn', () => {
    const { body } = encode({ messages: [say('system', 'Say hello.')] })
    expect(body).toEqual({ contents: [{ role: 'user', parts: [{ text: 'Say hello.' }] }] })
  })

  test('bytes are inline, addresses are file data with the type of their name', () => {
    const parts: Part[] = [
      { kind: 'image', source: data('image/jpg', 'AA=='), detail: null, cache: null },
      {
        kind: 'file',
        source: { kind: 'url', url: 'https://x.org/a.pdf?v=1', mediaType: null },
        name: 'a.pdf',
        citations: null,
        cache: null,
      },
      { kind: 'audio', source: data('audio/wav', 'BB=='), cache: null },
    ]
    expect(encode({ messages: [{ role: 'user', parts, name: null }] }).body['contents']).toEqual([
      {
        role: 'user',
        parts: [
          { inlineData: { mimeType: 'image/jpeg', data: 'AA==' } },
          { fileData: { fileUri: 'https://x.org/a.pdf?v=1', mimeType: 'application/pdf' } },
          { inlineData: { mimeType: 'audio/wav', data: 'BB==' } },
        ],
      },
    ])
  })

  test("another provider's file id is refused with its place", () => {
    const file: Part = {
      kind: 'file',
      source: { kind: 'file_id', id: 'file-abc' },
      name: null,
      citations: null,
      cache: null,
    }
    const messages: Message[] = [{ role: 'user', parts: [text('see'), file], name: null }]
    expect(encodeGemini(requestOf({ messages }), targetOf({}))).toEqual({
      kind: 'impossible',
      param: 'messages[0].content[1]',
      detail: 'this file was uploaded to another provider; send its bytes or a URL',
    })
  })
})

describe('calls and their results', () => {
  const calls: Message = {
    role: 'assistant',
    parts: [call('c1', 'weather', '{"city":"Oslo"}'), call('c2', 'time', '')],
    name: null,
  }

  test('results of parallel calls stand in the order of the calls, before what was said next', () => {
    const { body } = encode(
      {
        messages: [
          say('user', 'go'),
          calls,
          { role: 'tool', parts: [result('c2', 'noon')], name: null },
          { role: 'tool', parts: [result('c1', '{"degrees":3}')], name: null },
          say('user', 'and?'),
        ],
      },
      { upstreamModel: 'gemini-2.5-flash' },
    )
    expect(body['contents']).toEqual([
      { role: 'user', parts: [{ text: 'go' }] },
      {
        role: 'model',
        parts: [
          { functionCall: { id: 'c1', name: 'weather', args: { city: 'Oslo' } } },
          { functionCall: { id: 'c2', name: 'time', args: {} } },
        ],
      },
      {
        role: 'user',
        parts: [
          { functionResponse: { id: 'c1', name: 'weather', response: { degrees: 3 } } },
          { functionResponse: { id: 'c2', name: 'time', response: { output: 'noon' } } },
          { text: 'and?' },
        ],
      },
    ])
  })

  test('errors stand under "error", and numbers that a double may not hold stay text', () => {
    const texts = (isError: boolean, content: string) => {
      const tool: Message = {
        role: 'tool',
        parts: [{ ...result('c1', content), isError }],
        name: null,
      }
      const { body } = encode({ messages: [say('user', 'go'), calls, tool] })
      return JSON.stringify(body['contents'])
    }
    expect(texts(true, 'no such city')).toContain('"response":{"error":"no such city"}')
    expect(texts(false, '{"id":12345678901234567890}')).toContain(
      String.raw`"response":{"output":"{\"id\":12345678901234567890}"}`,
    )
  })

  test('images of a result go inside it where the model takes that, beside it elsewhere', () => {
    const tool: Message = {
      role: 'tool',
      parts: [
        {
          ...result('c1', 'a map'),
          content: [
            text('a map'),
            { kind: 'image', source: data('image/png', 'AA=='), detail: null, cache: null },
          ],
        },
      ],
      name: null,
    }
    const messages = [say('user', 'go'), calls, tool]
    const image = { inlineData: { mimeType: 'image/png', data: 'AA==' } }
    const last = (model: string) =>
      (encode({ messages }, { upstreamModel: model }).body['contents'] as unknown[]).at(-1)
    const response = { id: 'c1', name: 'weather', response: { output: 'a map' } }
    expect(last('gemini-3-pro-preview')).toEqual({
      role: 'user',
      parts: [{ functionResponse: { ...response, parts: [image] } }],
    })
    expect(last('gemini-2.5-pro')).toEqual({
      role: 'user',
      parts: [{ functionResponse: response }, { text: 'From the result of weather:' }, image],
    })
  })
})

describe('signatures', () => {
  const model = { upstreamModel: 'gemini-3.1-pro-preview' }
  const modelTurn = (parts: Part[], target = model) => {
    const messages: Message[] = [say('user', 'go'), { role: 'assistant', parts, name: null }]
    const contents = encode({ messages }, target).body['contents'] as { parts: unknown[] }[]
    return contents[1]?.parts
  }
  const one = { functionCall: { id: 'c1', name: 'f', args: {} } }
  const two = { functionCall: { id: 'c2', name: 'g', args: {} } }

  test('a signature goes back on the call it names, and the others need none', () => {
    expect(modelTurn([bare('S+/=', 'c1'), call('c1', 'f', '{}'), call('c2', 'g', '{}')])).toEqual([
      { ...one, thoughtSignature: 'S+/=' },
      two,
    ])
  })

  test('a signature that lost its call goes on the first call', () => {
    expect(modelTurn([bare('S', null), text('so'), call('c1', 'f', '{}')])).toEqual([
      { text: 'so' },
      { ...one, thoughtSignature: 'S' },
    ])
  })

  test('a signature of text stays with the text, wherever a protocol put it', () => {
    const signed = [{ text: 'so', thoughtSignature: 'S' }]
    expect(modelTurn([text('so'), bare('S', null)])).toEqual(signed)
    expect(modelTurn([bare('S', null), text('so')])).toEqual(signed)
    expect(modelTurn([bare('S', null)])).toEqual([{ text: '', thoughtSignature: 'S' }])
  })

  test('signed thoughts go back whole, unsigned ones and those of other makers do not', () => {
    expect(
      modelTurn([
        thought('hm', 'T', 'google-gemini-v1'),
        thought('ha', null, 'google-gemini-v1'),
        thought('ho', 'A', 'anthropic-claude-v1'),
        text('so'),
      ]),
    ).toEqual([{ text: 'hm', thought: true, thoughtSignature: 'T' }, { text: 'so' }])
  })

  test("a call that Gemini did not make gets Google's stand-in, once a turn, where one is needed", () => {
    const parts = [call('c1', 'f', '{}'), call('c2', 'g', '{}')]
    expect(modelTurn(parts)).toEqual([{ ...one, thoughtSignature: foreignCallSignature }, two])
    expect(modelTurn(parts, { upstreamModel: 'gemini-2.5-pro' })).toEqual([one, two])
  })
})

describe('refusals and warnings', () => {
  test('several answers are refused, not silently one', () => {
    const request = requestOf({ sampling: { ...noSampling, choiceCount: 2 } })
    expect(encodeGemini(request, targetOf({}))).toMatchObject({ kind: 'impossible', param: 'n' })
  })

  test('whatever has no counterpart is named, beside what the reader left over', () => {
    const { warnings } = encode({
      sampling: { ...noSampling, logitBias: { '5': 1 }, stop: ['a', 'b', 'c', 'd', 'e', 'f'] },
      leftovers: [{ param: 'prediction', detail: 'x' }],
      verbosity: 'low',
      parallelToolCalls: false,
      tools: [
        fn('f', { type: 'object' }),
        { kind: 'provider', type: 'web_search', definition: {}, param: 'tools[1]' },
      ],
    })
    expect(warnings.map(({ param }) => param).toSorted()).toEqual([
      'logit_bias',
      'parallel_tool_calls',
      'prediction',
      'stop',
      'tools[1]',
      'verbosity',
    ])
  })
})

test("a Gemini client's own body goes on as it came, but for what is the gateway's", () => {
  const body = {
    model: 'google/x',
    provider: {},
    contents: [],
    safetySettings: [{ category: 'X' }],
    generationConfig: { temperature: 1, maxOutputTokens: 900 },
  }
  const limited = encodeGeminiNative(body, targetOf({ maxTokens: 7 }), {}, true)
  expect(limited.url).toContain(':streamGenerateContent?alt=sse')
  expect(limited.body).toEqual({
    contents: [],
    safetySettings: [{ category: 'X' }],
    generationConfig: { temperature: 1, maxOutputTokens: 7 },
  })
  expect(encodeGeminiNative(body, targetOf({}), {}, false).body['generationConfig']).toBe(
    body.generationConfig,
  )
})

function encode(
  request: Partial<ModelRequest>,
  target: Partial<EncodingTarget> = {},
): EncodedRequest {
  const encoding = encodeGemini(requestOf(request), targetOf(target))
  return encoding.kind === 'encoded' ? encoding.encoded : expect.fail(encoding.detail)
}

function requestOf(members: Partial<ModelRequest>): ModelRequest {
  return asked({ messages: [say('user', 'Hello')], ...members })
}

function targetOf(members: Partial<EncodingTarget>): EncodingTarget {
  return {
    provider: 'google',
    upstreamModel: 'gemini-3-flash',
    maxOutputTokens: 65_536,
    maxTokens: null,
    baseUrl: base,
    ...members,
  }
}

function say(role: Message['role'], words: string): Message {
  return { role, parts: [text(words)], name: null }
}

function text(words: string) {
  return { kind: 'text', text: words, cache: null } as const
}

function data(mediaType: string, base64: string) {
  return { kind: 'data', mediaType, base64 } as const
}

function call(id: string, name: string, args: string) {
  return { kind: 'tool_call', id, name, arguments: args, isCustom: false, cache: null } as const
}

function result(callId: string, words: string) {
  const content = [text(words)]
  return {
    kind: 'tool_result',
    callId,
    content,
    isError: false,
    isCustom: false,
    cache: null,
  } as const
}

function fn(name: string, parameters: Record<string, unknown>) {
  return {
    kind: 'function',
    name,
    description: null,
    parameters,
    strict: null,
    cache: null,
  } as const
}

function bare(signature: string, callId: string | null): ReasoningPart {
  const format = 'google-gemini-v1'
  const rest = { signature: null, id: null, format, callId } as const
  return { kind: 'reasoning', form: 'encrypted', text: '', data: signature, ...rest }
}

function thought(
  words: string,
  signature: string | null,
  format: ReasoningPart['format'],
): ReasoningPart {
  const rest = { data: null, id: null, callId: null }
  return { kind: 'reasoning', form: 'text', text: words, signature, format, ...rest }
}
