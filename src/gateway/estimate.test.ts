import { describe, expect, test } from 'vitest'

import { countedPrompt, countUsage, roughUsage } from './estimate.ts'
import { parseBody } from './parse-body.ts'

const log = { warn: () => undefined, alarm: () => undefined }
const body = parseBody(
  Buffer.from(
    JSON.stringify({
      model: 'a/b',
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Hello' },
            { type: 'image_url', image_url: { url: `data:${'A'.repeat(10_000)}` } },
          ],
        },
        { role: 'assistant', content: null, tool_calls: [{ id: 'x' }] },
      ],
      tools: [{ type: 'function', function: { name: 'f' } }],
    }),
  ),
)

describe('counting here', () => {
  test('gives the tokenizer what a model reads, and not encoded media', async () => {
    const asked: string[] = []
    const tokenizer = {
      count: (texts: readonly string[]) => {
        asked.push(...texts)
        return Promise.resolve([7, 3])
      },
    }
    const usage = await countUsage({ tokenizer, log }, countedPrompt(body), {
      text: 'out',
      scale: 2,
    })
    expect(asked[0]).toContain('Hello')
    expect(asked[0]).toContain('"name":"f"')
    expect(asked[0]).not.toContain('AAAA')
    expect(usage).toMatchObject({ promptTokens: 7 + 2 * 4, completionTokens: 6 })
  })

  test('falls back to sizes when the counter is broken', async () => {
    const tokenizer = { count: () => Promise.reject(new TypeError('broken')) }
    const usage = await countUsage({ tokenizer, log }, countedPrompt(body), {
      text: 'x'.repeat(40),
      scale: 1,
    })
    expect(usage.completionTokens).toBe(10)
    expect(usage.promptTokens).toBeGreaterThan(8)
  })

  test('a rough guess is a quarter of the bytes, and whole', () => {
    expect(roughUsage(9, 0)).toMatchObject({ promptTokens: 3, completionTokens: 0 })
  })
})
