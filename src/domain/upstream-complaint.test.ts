import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import {
  isErrorBody,
  readComplaint,
  saysContextExceeded,
  statusInside,
} from './upstream-complaint.ts'

describe('what an upstream says', () => {
  test.each([
    [
      { error: { message: 'm', type: 't', param: 'p', code: 'c' } },
      { message: 'm', type: 't', param: 'p', code: 'c' },
    ],
    [
      { error: { message: 'm', code: 40_013 } },
      { message: 'm', type: null, param: null, code: '40013' },
    ],
    [
      { error: 'text', code: 'bad' },
      { message: 'text', type: null, param: null, code: 'bad' },
    ],
    [
      { message: 'm', type: 't' },
      { message: 'm', type: 't', param: null, code: null },
    ],
    [
      { detail: [{ msg: 'a' }, { msg: 'b' }] },
      { message: 'a; b', type: null, param: null, code: null },
    ],
    [{ errors: [{ message: 'a' }] }, { message: 'a', type: null, param: null, code: null }],
  ])('%j', (body, complaint) => {
    expect(readComplaint(body)).toEqual(complaint)
  })

  test.each([null, 5, 'text', [], {}, { error: {} }, { error: { message: '' } }, { message: ' ' }])(
    '%j says nothing',
    (body) => {
      expect(readComplaint(body)).toBeUndefined()
    },
  )

  test('any JSON is read without a fault, and a message is never endless', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        readComplaint(value)
        isErrorBody(value)
        statusInside(value)
      }),
    )
    expect(readComplaint({ error: 'x'.repeat(1_000_000) })?.message.length).toBeLessThan(3_000)
  })
})

describe('an error inside a 200', () => {
  test.each([
    [{ error: { message: 'a' } }, true],
    [{ error: 'a' }, true],
    [{ object: 'error', message: 'a' }, true],
    [{ type: 'error' }, true],
    [{ error: null, choices: [] }, false],
    [{ error: '', choices: [] }, false],
    [{ choices: [] }, false],
    [null, false],
  ])('%j: %s', (body, isError) => {
    expect(isErrorBody(body)).toBe(isError)
  })

  test.each([
    [{ error: { code: 429 } }, 429],
    [{ error: { code: '401' } }, 401],
    [{ error: { status_code: 400 } }, 400],
    [{ error: { code: 'rate_limit', status: 503 } }, 503],
    [{ error: { code: 1_305 } }, undefined],
    [{ error: { code: 200 } }, undefined],
    [{ code: 404, message: 'a' }, 404],
    ['a', undefined],
  ])('%j stands for %s', (body, status) => {
    expect(statusInside(body)).toBe(status)
  })
})

describe('a prompt that does not fit is recognised', () => {
  test.each([
    'Your input exceeds the context window of this model. Please adjust your input and try again.',
    'prompt is too long: 3333404 tokens > 200000 maximum',
    'The input token count (1250074) exceeds the maximum number of tokens allowed (1048576).',
    "This model's maximum context length is 1048565 tokens. However, you requested 1250025 tokens",
    "This endpoint's maximum context length is 200000 tokens.",
    'prompt too long; exceeded max context length by 1119046 tokens',
    'The total length of all messages is too long.',
  ])('%s', (message) => {
    expect(saysContextExceeded({ message, code: null, type: null, param: null })).toBe(true)
  })

  test('by its type or code as well, and not by any other text', () => {
    const complaint = { message: 'no', code: null, type: null, param: null }
    expect(saysContextExceeded({ ...complaint, type: 'exceed_context_size_error' })).toBe(true)
    expect(saysContextExceeded({ ...complaint, code: 'context_length_exceeded' })).toBe(true)
    expect(saysContextExceeded({ ...complaint, message: 'max_tokens is too large' })).toBe(false)
  })
})
