import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { chatRequest } from './chat.ts'
import { isPlainChat } from './plain-chat.ts'

const limits = { listLengthMax: 10_000, choiceCountMax: 128 }

const odd = fc.oneof(
  fc.constantFrom<unknown>(null, true, 0, -1, 1, 1.5, 2 ** 53, 129, '', 'x', [], {}, [1], [{}]),
  fc.jsonValue({ maxDepth: 2 }),
)
const usually = (value: fc.Arbitrary<unknown>) =>
  fc.oneof({ weight: 9, arbitrary: value }, { weight: 1, arbitrary: odd })

const message = fc.record(
  {
    role: usually(fc.constantFrom('system', 'user', 'assistant', 'tool')),
    content: usually(fc.oneof(fc.string(), fc.constant(null))),
    name: odd,
  },
  { requiredKeys: ['role'] },
)

const body = fc.record(
  {
    model: usually(fc.string({ minLength: 1 })),
    messages: usually(fc.array(message, { minLength: 1, maxLength: 4 })),
    stream: usually(fc.boolean()),
    stream_options: usually(fc.record({ include_usage: usually(fc.boolean()) })),
    max_tokens: usually(fc.integer({ min: 1 })),
    max_completion_tokens: usually(fc.constant(null)),
    n: usually(fc.integer({ min: 1, max: 128 })),
    models: usually(fc.constant(null)),
    tools: usually(fc.constant(null)),
    provider: usually(fc.constant(null)),
    plugins: usually(fc.constant(null)),
    temperature: odd,
    stop: odd,
  },
  { requiredKeys: ['model', 'messages'] },
)

describe('a plain chat request', () => {
  test('what is plain is what the schema accepts, and gives back unchanged', () => {
    let plain = 0
    fc.assert(
      fc.property(body, (sent) => {
        // As it arrives: what `JSON.parse` makes of text.
        const parsed: unknown = JSON.parse(JSON.stringify(sent))
        if (!isPlainChat(parsed, limits)) return
        plain += 1
        const result = chatRequest.safeParse(parsed)
        expect(result.error).toBeUndefined()
        expect(result.data).toStrictEqual(parsed)
      }),
      { numRuns: 2_000 },
    )
    expect(plain).toBeGreaterThan(100)
  })

  test.each([
    '{"model":"m","messages":[{"role":"user","content":"x"}],"__proto__":1}',
    '{"model":"m","messages":[{"role":"user","content":"x","__proto__":{}}]}',
  ])('a name that the schema leaves out is left to the schema: %s', (text) => {
    const parsed: unknown = JSON.parse(text)
    expect(isPlainChat(parsed, limits)).toBe(false)
  })

  test('the usual request is plain, so the quick way is taken', () => {
    const messages = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hello' },
    ]
    const usual = { model: 'a/b', messages, stream: true, temperature: 0.2, max_tokens: 16 }
    expect(isPlainChat({ ...usual, stream_options: { include_usage: true } }, limits)).toBe(true)
  })

  test.each([
    ['no model', { messages: [{ role: 'user' }] }],
    ['an empty model', { model: '', messages: [{ role: 'user' }] }],
    ['no messages', { model: 'm' }],
    ['an empty list of messages', { model: 'm', messages: [] }],
    ['a message that is none', { model: 'm', messages: ['hello'] }],
    ['a wish about providers', { model: 'm', messages: [{ role: 'user' }], provider: {} }],
    ['a list that is too long', { model: 'm', messages: [{ role: 'user' }], stop: Array(10_001) }],
  ])('%s is left to the schema', (_, sent) => {
    expect(isPlainChat(sent, limits)).toBe(false)
  })
})
