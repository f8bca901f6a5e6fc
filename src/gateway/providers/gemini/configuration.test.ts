import { describe, expect, test } from 'vitest'

import type { ReasoningWish, Warning } from '#gateway/canonical/request.ts'
import { noSampling, type ModelRequest } from '#gateway/canonical/request.ts'
import { asked } from '#test/gateway/asked.ts'

import { generationConfigOf } from './generation-config.ts'
import { traitsOf } from './model-traits.ts'
import { olderSchemaFor } from './older-schema.ts'
import { jsonSchemaFor } from './schema.ts'
import { thinkingConfigFor } from './thinking.ts'
import { encodeTools } from './tools.ts'

describe('how much to think', () => {
  const cases: readonly [string, Partial<ReasoningWish>, unknown, number][] = [
    ['gemini-2.5-flash', { effort: 'none' }, { thinkingBudget: 0 }, 0],
    ['gemini-2.5-flash', { enabled: false }, { thinkingBudget: 0 }, 0],
    ['gemini-2.5-pro', { effort: 'none' }, { thinkingBudget: 128, includeThoughts: true }, 1],
    ['gemini-2.5-pro', { effort: 'low' }, { thinkingBudget: 1_024, includeThoughts: true }, 0],
    ['gemini-2.5-pro', { effort: 'high' }, { thinkingBudget: 24_576, includeThoughts: true }, 0],
    ['gemini-2.5-pro', { effort: 'max' }, { thinkingBudget: 32_768, includeThoughts: true }, 0],
    [
      'gemini-2.5-flash',
      { budgetTokens: 2_000 },
      { thinkingBudget: 2_000, includeThoughts: true },
      0,
    ],
    [
      'gemini-2.5-flash',
      { budgetTokens: 90_000 },
      { thinkingBudget: 24_576, includeThoughts: true },
      1,
    ],
    ['gemini-2.5-flash', { isAdaptive: true }, { thinkingBudget: -1, includeThoughts: true }, 0],
    ['gemini-2.5-flash', { effort: 'low', isHidden: true }, { thinkingBudget: 1_024 }, 0],
    [
      'gemini-3-flash-preview',
      { effort: 'minimal' },
      { thinkingLevel: 'minimal', includeThoughts: true },
      0,
    ],
    [
      'gemini-3-pro-preview',
      { effort: 'medium' },
      { thinkingLevel: 'high', includeThoughts: true },
      0,
    ],
    [
      'gemini-3.1-pro-preview',
      { effort: 'medium' },
      { thinkingLevel: 'medium', includeThoughts: true },
      0,
    ],
    [
      'gemini-3.1-pro-preview',
      { effort: 'xhigh' },
      { thinkingLevel: 'high', includeThoughts: true },
      0,
    ],
    ['gemini-3.1-pro-preview', { effort: 'none' }, { thinkingLevel: 'low' }, 1],
    [
      'gemini-3-flash-preview',
      { budgetTokens: 4_096 },
      { thinkingLevel: 'medium', includeThoughts: true },
      1,
    ],
    ['gemini-flash-latest', { enabled: true }, { includeThoughts: true }, 0],
    ['gemini-2.0-flash', { effort: 'high' }, null, 1],
    ['gemini-2.5-flash-image', { effort: 'high' }, null, 1],
    ['gemma-3-27b-it', { effort: 'none' }, null, 0],
  ]
  test.each(cases)('%s with %j gets %j', (model, wish, config, warningCount) => {
    const warnings: Warning[] = []
    expect(thinkingConfigFor({ ...noWish, ...wish }, traitsOf(model).thinking, warnings)).toEqual(
      config,
    )
    expect(warnings).toHaveLength(warningCount)
  })

  test('who says nothing about thinking changes nothing', () => {
    expect(thinkingConfigFor(null, traitsOf('gemini-3-pro').thinking, [])).toBeNull()
  })
})

describe('schemas', () => {
  test('what Gemini has no word for is told in the description, and names of properties stay', () => {
    expect(
      jsonSchemaFor({
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        type: 'object',
        properties: {
          title: { type: 'string', const: 'x' },
          count: { type: 'integer', exclusiveMinimum: 0, description: 'How many' },
          when: { type: 'string', format: 'uri' },
          either: { oneOf: [{ type: 'string' }, { $ref: '#/definitions/Deep' }] },
        },
        additionalProperties: false,
        definitions: {
          Deep: { allOf: [{ properties: { a: {} }, required: ['a'] }], type: 'object' },
        },
      }),
    ).toEqual({
      type: 'object',
      properties: {
        title: { type: 'string', enum: ['x'] },
        count: { type: 'integer', description: 'How many (exclusiveMinimum: 0)' },
        when: { type: 'string', description: '(format: "uri")' },
        either: { anyOf: [{ type: 'string' }, { $ref: '#/$defs/Deep' }] },
      },
      additionalProperties: false,
      $defs: { Deep: { type: 'object', properties: { a: {} }, required: ['a'] } },
    })
  })

  test('older models get types in capitals, no references, no lists of types', () => {
    expect(
      olderSchemaFor({
        type: 'object',
        properties: {
          a: { type: ['string', 'null'] },
          b: { $ref: '#/$defs/Node' },
          c: { type: 'integer', enum: [1, 2] },
          d: { type: ['string', 'integer'] },
          e: { type: 'array' },
        },
        required: ['a', 'gone'],
        additionalProperties: false,
        $defs: { Node: { type: 'object', properties: { v: { type: 'number' } } } },
      }),
    ).toEqual({
      type: 'OBJECT',
      properties: {
        a: { type: 'STRING', nullable: true },
        b: { type: 'OBJECT', properties: { v: { type: 'NUMBER' } } },
        c: { type: 'INTEGER', description: 'one of [1,2]' },
        d: { anyOf: [{ type: 'STRING' }, { type: 'INTEGER' }] },
        e: { type: 'ARRAY', items: { type: 'STRING' } },
      },
      required: ['a'],
    })
    expect(olderSchemaFor({ type: 'object', properties: {} })).toBeUndefined()
  })

  test('a schema that leads into itself ends', () => {
    const $defs = { Tree: { type: 'object', properties: { left: { $ref: '#/$defs/Tree' } } } }
    const text = JSON.stringify(olderSchemaFor({ $ref: '#/$defs/Tree', $defs }))
    expect(text.length).toBeLessThan(1_000)
    expect(text).not.toContain('$ref')
  })
})

describe('tools', () => {
  const f = {
    kind: 'function',
    name: 'f',
    description: 'F',
    parameters: { type: 'object' },
  } as const
  const tools = [
    { ...f, strict: null, cache: null },
    { ...f, name: 'g', strict: null, cache: null },
  ]
  const config = (request: Partial<ModelRequest>) =>
    encodeTools({ ...empty, tools, ...request }, traitsOf('gemini-3-flash'), [])

  test('each choice has its mode, and "any of these, or none" declares only these', () => {
    const modeOf = (toolChoice: ModelRequest['toolChoice']) =>
      config({ toolChoice }).toolConfig?.['functionCallingConfig'] ?? null
    expect(modeOf(null)).toBeNull()
    expect(modeOf({ kind: 'auto' })).toBeNull()
    expect(modeOf({ kind: 'none' })).toEqual({ mode: 'NONE' })
    expect(modeOf({ kind: 'required' })).toEqual({ mode: 'ANY' })
    expect(modeOf({ kind: 'named', name: 'g' })).toEqual({
      mode: 'ANY',
      allowedFunctionNames: ['g'],
    })
    expect(modeOf({ kind: 'allowed', mode: 'required', names: ['g'] })).toEqual({
      mode: 'ANY',
      allowedFunctionNames: ['g'],
    })
    const some = config({ toolChoice: { kind: 'allowed', mode: 'auto', names: ['g'] } })
    expect(JSON.stringify(some.tools)).not.toContain('"f"')
  })

  test('strict tools are validated', () => {
    const [tool] = tools
    const strict = tool === undefined ? [] : [{ ...tool, strict: true }]
    expect(config({ tools: strict }).toolConfig).toEqual({
      functionCallingConfig: { mode: 'VALIDATED' },
    })
  })

  test('a custom tool is a function of one text', () => {
    const custom = { kind: 'custom', name: 'patch', description: 'Patch', format: null } as const
    expect(config({ tools: [custom] }).tools).toEqual([
      {
        functionDeclarations: [
          {
            name: 'patch',
            description: 'Patch',
            parametersJsonSchema: {
              type: 'object',
              properties: { input: { type: 'string', description: 'The plain input.' } },
              required: ['input'],
            },
          },
        ],
      },
    ])
  })
})

describe('the configuration', () => {
  test('holds what was asked for and nothing else', () => {
    expect(configure({}, 'gemini-3-flash')).toEqual({})
    expect(
      configure(
        {
          maxOutputTokens: 100,
          sampling: { ...noSampling, temperature: 0.5, topK: 3, stop: ['END'], seed: 7 },
          format: {
            kind: 'schema',
            name: 'x',
            description: null,
            schema: { type: 'object' },
            strict: true,
          },
        },
        'gemini-3-flash',
      ),
    ).toEqual({
      maxOutputTokens: 100,
      temperature: 0.5,
      topK: 3,
      seed: 7,
      stopSequences: ['END'],
      responseMimeType: 'application/json',
      responseJsonSchema: { type: 'object' },
    })
  })

  test('images and voices are asked for by their names', () => {
    expect(configure({ outputModalities: ['text', 'image'] }, 'gemini-2.5-flash-image')).toEqual({
      responseModalities: ['TEXT', 'IMAGE'],
    })
    const audioOutput = { voice: 'Kore', format: 'pcm16' }
    expect(configure({ outputModalities: ['audio'], audioOutput }, 'gemini-2.5-flash-tts')).toEqual(
      {
        responseModalities: ['AUDIO'],
        speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: 'Kore' } } },
      },
    )
  })
})

function configure(request: Partial<ModelRequest>, upstreamModel: string) {
  const target = {
    provider: 'google',
    upstreamModel,
    maxOutputTokens: 1_000,
    maxTokens: null,
    baseUrl: '',
  }
  const place = { target, traits: traitsOf(upstreamModel), hasTools: false, warnings: [] }
  return generationConfigOf({ ...empty, ...request }, place)
}

const noWish: ReasoningWish = {
  enabled: null,
  effort: null,
  budgetTokens: null,
  isAdaptive: false,
  summary: null,
  isHidden: false,
}

const empty: ModelRequest = asked({ messages: [] })
