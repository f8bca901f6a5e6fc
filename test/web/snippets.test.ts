import { spawnSync } from 'node:child_process'

import fastCheck from 'fast-check'
import { describe, expect, test } from 'vitest'

import { snippet } from '#web/elements/snippets.ts'

const origin = 'http://127.0.0.1:8080'
const body = { model: 'sim/echo', messages: [{ role: 'user', content: 'Hello!' }] }

describe('curl', () => {
  test('a shell hands over exactly the body, whatever was typed', () => {
    fastCheck.assert(
      fastCheck.property(fastCheck.string({ unit: 'grapheme' }), (content) => {
        const text = content.replaceAll('\0', '')
        const wild = { ...body, messages: [{ role: 'user', content: text }] }
        const script = snippet('curl', { origin, key: 'cl_k1', body: wild }).replace(
          /^curl /,
          'printf "%s\\0" ',
        )
        const { stdout } = spawnSync('sh', ['-c', script], { encoding: 'utf8' })
        const words = stdout.split('\0')
        expect(JSON.parse(words[words.indexOf('-d') + 1] ?? '')).toEqual(wild)
      }),
      { numRuns: 40 },
    )
  })

  test('without a key it names the variable that holds it', () => {
    expect(snippet('curl', { origin, key: null, body })).toContain('Bearer $CODELACE_API_KEY"')
  })
})

describe('Python', () => {
  test('values are written as Python writes them', () => {
    const text = snippet('python', {
      origin,
      key: 'cl_k1',
      body: { ...body, temperature: 0.2, logprobs: true, stop: null, provider: { sort: 'price' } },
    })
    expect(text).toContain('logprobs=True')
    expect(text).toContain('stop=None')
    expect(text).toContain('temperature=0.2')
  })

  test('what OpenAI’s client does not know travels beside it', () => {
    const text = snippet('python', {
      origin,
      key: null,
      body: { ...body, provider: { sort: 'price' } },
    })
    expect(text).toContain('extra_body={\n        "provider": {"sort": "price"},\n    },')
  })

  test('a stream is read piece by piece', () => {
    expect(snippet('python', { origin, key: null, body: { ...body, stream: true } })).toContain(
      'for chunk in stream:',
    )
  })
})

test('TypeScript has the whole body', () => {
  const text = snippet('typescript', { origin, key: 'cl_k1', body })
  expect(text).toContain('baseURL: "http://127.0.0.1:8080/v1"')
  expect(text).toContain('"content": "Hello!"')
})
