import { describe, expect, test } from 'vitest'

import type { Fault } from '#domain/faults.ts'
import type { ModelRequest } from '#gateway/canonical/request.ts'
import { sealReasoning } from '#gateway/canonical/sealed-reasoning.ts'

import { countedBody } from './count-tokens.ts'
import { readGemini } from './read-request.ts'

describe('the conversation', () => {
  test('the model and the wish to stream come from the address', () => {
    const address = { model: 'models/google/gemini-3-flash', stream: true }
    const read = readGemini({ body: { contents: said('Hi') }, headers: {}, address })
    expect(read.model).toBe('google/gemini-3-flash')
    expect(read.request.stream).toBe(true)
  })

  test('contents are messages, in either way of writing names', () => {
    const request = requestOf({
      system_instruction: { parts: [{ text: 'Be brief.' }] },
      contents: [
        { parts: [{ text: 'See' }, { inline_data: { mime_type: 'image/png', data: 'A-_=' } }] },
        { role: 'model', parts: [{ text: 'I see.' }] },
        {
          role: 'user',
          parts: [{ fileData: { fileUri: 'https://x.org/a', mimeType: 'audio/mpeg' } }],
        },
        {
          role: 'user',
          parts: [{ fileData: { fileUri: 'gs://b/a.pdf', mimeType: 'application/pdf' } }],
        },
      ],
    })
    expect(request.messages).toEqual([
      message('system', [text('Be brief.')]),
      message('user', [
        text('See'),
        {
          kind: 'image',
          source: { kind: 'data', mediaType: 'image/png', base64: 'A+/=' },
          detail: null,
          cache: null,
        },
      ]),
      message('assistant', [text('I see.')]),
      message('user', [
        {
          kind: 'audio',
          source: { kind: 'url', url: 'https://x.org/a', mediaType: 'audio/mpeg' },
          cache: null,
        },
      ]),
      message('user', [
        {
          kind: 'file',
          source: { kind: 'file_id', id: 'gs://b/a.pdf' },
          name: null,
          citations: null,
          cache: null,
        },
      ]),
    ])
    expect(request.leftovers).toEqual([])
  })
})

describe('calls', () => {
  test('without ids are paired with responses by name and order', () => {
    const request = requestOf({
      contents: [
        ...said('go'),
        {
          role: 'model',
          parts: [
            { functionCall: { name: 'f', args: { a: 1 } } },
            { functionCall: { name: 'f' } },
            { functionCall: { name: 'g', id: 'own' } },
          ],
        },
        {
          role: 'function',
          parts: [
            { functionResponse: { id: 'own', name: 'g', response: { error: 'no' } } },
            { functionResponse: { name: 'f', response: { output: 'one' } } },
            { functionResponse: { name: 'f', response: { two: 2, more: [] } } },
            { text: 'and?' },
          ],
        },
      ],
    })
    expect(request.messages[1]?.parts).toMatchObject([
      { id: 'call_0_f', arguments: '{"a":1}' },
      { id: 'call_1_f', arguments: '{}' },
      { id: 'own' },
    ])
    expect(request.messages[2]).toMatchObject({
      role: 'tool',
      parts: [
        { callId: 'own', isError: true, content: [{ text: 'no' }] },
        { callId: 'call_0_f', isError: false, content: [{ text: 'one' }] },
        { callId: 'call_1_f', isError: false, content: [{ text: '{"two":2,"more":[]}' }] },
      ],
    })
    expect(request.messages[3]).toEqual(message('user', [text('and?')]))
  })

  test.each([
    [{ functionResponse: { name: 'f', response: {} } }, 'contents[0].parts[0].functionResponse'],
    [{ functionResponse: { name: 'f', response: 'x' } }, 'contents[0].parts[0].functionResponse'],
    [{}, 'contents[0].parts[0]'],
    [{ text: 5 }, 'contents[0].parts[0].text'],
    [{ inlineData: { data: 'AA==' } }, 'contents[0].parts[0].inlineData.mimeType'],
    [{ fileData: {} }, 'contents[0].parts[0].fileData.fileUri'],
    [5, 'contents[0].parts[0]'],
  ])('the part %j is refused with its place', (part, param) => {
    expect(faultOf({ contents: [{ role: 'user', parts: [part] }] })).toMatchObject({
      code: 'invalid_request',
      param,
    })
  })

  test('an id used twice is refused', () => {
    const call = { functionCall: { name: 'f', id: 'x' } }
    expect(
      faultOf({ contents: [...said('a'), { role: 'model', parts: [call, call] }] }).param,
    ).toBe('contents[1].parts[1].functionCall.id')
  })
})

describe('thoughts', () => {
  test('of Gemini keep their signatures, on the part that had them', () => {
    const parts = partsOf([
      { text: 'I ', thought: true },
      { text: 'see', thought: true, thoughtSignature: 'T=' },
      { text: 'so', thought_signature: 'U=' },
      { functionCall: { name: 'f', id: 'c' }, thoughtSignature: 'S=' },
    ])
    expect(parts).toMatchObject([
      {
        kind: 'reasoning',
        form: 'text',
        text: 'I see',
        signature: 'T=',
        format: 'google-gemini-v1',
      },
      { kind: 'text', text: 'so' },
      { kind: 'reasoning', form: 'encrypted', text: '', data: 'U=', callId: null },
      { kind: 'reasoning', form: 'encrypted', data: 'S=', callId: 'c' },
      { kind: 'tool_call', id: 'c' },
    ])
  })

  test('of another maker come back as they were, also from clients that hold bytes', () => {
    const foreign = {
      form: 'text' as const,
      signature: 'EqoB+/=',
      data: null,
      id: null,
      format: 'anthropic-claude-v1' as const,
      callId: null,
    }
    const sealed = Buffer.from(sealReasoning(foreign)).toString('base64')
    for (const written of [
      sealed,
      sealed.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, ''),
    ]) {
      const parts = partsOf([
        { text: 'Let me ', thought: true },
        { text: 'see', thought: true },
        { text: '', thought: true, thoughtSignature: written },
        { text: 'so' },
      ])
      expect(parts).toEqual([{ kind: 'reasoning', text: 'Let me see', ...foreign }, text('so')])
    }
  })
})

describe('settings', () => {
  test('have their places in the common form', () => {
    const request = requestOf({
      contents: said('Hi'),
      generationConfig: {
        temperature: 0.5,
        topP: 0.9,
        topK: 40,
        maxOutputTokens: 100,
        stopSequences: ['END'],
        candidateCount: 1,
        responseMimeType: 'application/json',
        responseSchema: {
          type: 'OBJECT',
          properties: {
            type: { type: 'STRING', nullable: true },
            n: { type: 'ARRAY', minItems: '1' },
          },
        },
        thinkingConfig: { thinkingBudget: 2_000, includeThoughts: true },
      },
    })
    expect(request).toMatchObject({
      maxOutputTokens: 100,
      sampling: { temperature: 0.5, topP: 0.9, topK: 40, stop: ['END'], choiceCount: 1 },
      format: {
        kind: 'schema',
        schema: {
          type: 'object',
          properties: { type: { type: ['string', 'null'] }, n: { type: 'array', minItems: 1 } },
        },
      },
      reasoning: { budgetTokens: 2_000, isHidden: false },
    })
  })

  test.each([
    [{ thinkingBudget: 0 }, { enabled: false, isHidden: true }],
    [{ thinkingBudget: -1 }, { isAdaptive: true }],
    [{ thinkingLevel: 'HIGH' }, { effort: 'high' }],
    [
      { thinking_level: 'low', include_thoughts: true },
      { effort: 'low', isHidden: false },
    ],
  ])('thinking as %j is %j', (thinkingConfig, wish) => {
    const request = requestOf({ contents: said('Hi'), generationConfig: { thinkingConfig } })
    expect(request.reasoning).toMatchObject(wish)
  })

  test('tools and how they are called', () => {
    const tools = [
      {
        functionDeclarations: [
          { name: 'f', description: 'F', parameters: { type: 'OBJECT', properties: {} } },
          { name: 'g', parametersJsonSchema: { type: 'object' } },
        ],
      },
      { codeExecution: {} },
    ]
    const toolConfig = { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['f', 'g'] } }
    const request = requestOf({ contents: said('Hi'), tools, toolConfig })
    expect(request.tools).toMatchObject([
      {
        kind: 'function',
        name: 'f',
        description: 'F',
        parameters: { type: 'object', properties: {} },
      },
      { kind: 'function', name: 'g', parameters: { type: 'object' } },
      { kind: 'provider', type: 'codeExecution', param: 'tools[1].codeExecution' },
    ])
    expect(request.toolChoice).toEqual({ kind: 'allowed', mode: 'required', names: ['f', 'g'] })
  })

  test('that only Gemini knows are named, not dropped', () => {
    const request = requestOf({
      contents: said('Hi'),
      safetySettings: [],
      labels: { a: 'b' },
      generationConfig: { mediaResolution: 'LOW' },
      toolConfig: { retrievalConfig: {} },
    })
    expect(request.leftovers.map(({ param }) => param).toSorted()).toEqual([
      'generationConfig.mediaResolution',
      'labels',
      'safetySettings',
      'toolConfig.retrievalConfig',
    ])
  })

  test.each([
    [{}, 'contents'],
    [{ contents: 'x' }, 'contents'],
    [{ contents: [{ role: 'assistant', parts: [] }] }, 'contents[0].role'],
    [{ contents: said('a'), generationConfig: [] }, 'generationConfig'],
    [{ contents: said('a'), generationConfig: { topP: '1' } }, 'generationConfig.topP'],
    [
      { contents: said('a'), generationConfig: { maxOutputTokens: 0 } },
      'generationConfig.maxOutputTokens',
    ],
    [{ contents: said('a'), tools: [{ googleSearch: {} }] }, 'tools[0].googleSearch'],
    [
      { contents: said('a'), tools: [{ functionDeclarations: [{}] }] },
      'tools[0].functionDeclarations[0].name',
    ],
    [{ contents: said('a'), cachedContent: 'cachedContents/1' }, 'cachedContent'],
    [
      { contents: said('a'), toolConfig: { functionCallingConfig: { mode: 'SOME' } } },
      'toolConfig.functionCallingConfig.mode',
    ],
  ])('%j is refused at %s', (body, param) => {
    expect(faultOf(body)).toMatchObject({ code: 'invalid_request', status: 400, param })
  })
})

test('tokens are counted of contents, or of a whole request', () => {
  expect(requestOf(countedBody({ contents: said('a') })).messages).toHaveLength(1)
  const generateContentRequest = { contents: said('a'), systemInstruction: 'b' }
  expect(requestOf(countedBody({ generateContentRequest })).messages).toHaveLength(2)
})

function requestOf(body: Readonly<Record<string, unknown>>): ModelRequest {
  return readGemini({ body, headers: {}, address: { model: 'm', stream: false } }).request
}

function partsOf(parts: readonly unknown[]) {
  return requestOf({ contents: [...said('go'), { role: 'model', parts }] }).messages[1]?.parts
}

function faultOf(body: Readonly<Record<string, unknown>>): Fault {
  try {
    requestOf(body)
  } catch (error) {
    return error as Fault
  }
  return expect.fail('it was taken')
}

function said(words: string) {
  return [{ role: 'user', parts: [{ text: words }] }]
}

function message(role: string, parts: readonly unknown[]) {
  return { role, parts, name: null }
}

function text(words: string) {
  return { kind: 'text', text: words, cache: null }
}
