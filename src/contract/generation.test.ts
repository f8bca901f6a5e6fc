import { describe, expect, test } from 'vitest'

import { contentAnswer } from './generation.ts'

describe('content', () => {
  const request = '{"messages":[{"role":"user","content":"Hi"}],"model":"m"}'

  test('of a whole answer', () => {
    const response = JSON.stringify({
      choices: [{ message: { content: 'a', reasoning: 'r', tool_calls: [{ id: '1' }] } }],
    })
    expect(contentAnswer({ request, response, streamed: false })).toEqual({
      input: { messages: [{ role: 'user', content: 'Hi' }], request: JSON.parse(request) },
      output: { completion: 'a', reasoning: 'r', tool_calls: [{ id: '1' }], raw: null },
      error: null,
    })
  })

  test('of a stream, with its calls put together', () => {
    const deltas = [
      { content: 'a' },
      { content: 'b', reasoning_content: 'r' },
      { tool_calls: [{ index: 0, id: 'c', function: { name: 'f', arguments: '{"x"' } }] },
      { tool_calls: [{ index: 0, function: { arguments: ':1}' } }] },
    ]
    const response = deltas
      .map((delta) => `data: ${JSON.stringify({ choices: [{ delta }] })}\r\n\r\n`)
      .join('')
    expect(
      contentAnswer({ request, response: `: hi\n\n${response}data: [DONE]\n\n`, streamed: true }),
    ).toMatchObject({
      output: {
        completion: 'ab',
        reasoning: 'r',
        tool_calls: [{ index: 0, id: 'c', function: { name: 'f', arguments: '{"x":1}' } }],
        raw: null,
      },
    })
  })

  test('that cannot be read is shown as it came', () => {
    expect(contentAnswer({ request: 'x', response: '{"cut', streamed: false })).toMatchObject({
      input: { messages: null },
      output: { completion: null, raw: '{"cut' },
    })
  })

  test('of an error', () => {
    const response = '{"error":{"message":"no"}}'
    expect(contentAnswer({ request, response, streamed: false })).toMatchObject({
      error: { message: 'no' },
    })
  })
})
