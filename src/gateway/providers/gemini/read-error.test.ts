import { expect, test } from 'vitest'

import { readComplaint, statusInside } from '#domain/upstream-complaint.ts'

import { readGeminiError, readGeminiErrorBody } from './read-error.ts'

test('a bad key comes as 400 and means 401', () => {
  const read = readGeminiError({ status: 400, headers: {}, body: badKey })
  expect(read.status).toBe(401)
  expect(readComplaint(read.body)).toMatchObject({
    message: 'API key not valid. Please pass a valid API key.',
    code: 'API_KEY_INVALID',
  })
})

test('the delay that the body asks for is rounded up to whole seconds; a header goes before it', () => {
  const details = [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '34.4s' }]
  const body = [{ error: { code: 429, message: 'quota', status: 'RESOURCE_EXHAUSTED', details } }]
  expect(readGeminiError({ status: 429, headers: {}, body }).retryAfterSeconds).toBe(35)
  const headers = { 'retry-after': '2' }
  expect(readGeminiError({ status: 429, headers, body }).retryAfterSeconds).toBe(2)
})

test('an ordinary 400 stays the fault of the request; a closed place does not', () => {
  const at = (message: string, status: string) =>
    readGeminiError({ status: 400, headers: {}, body: { error: { code: 400, message, status } } })
  expect(at('Invalid value', 'INVALID_ARGUMENT').status).toBe(400)
  expect(at('User location is not supported for the API use.', 'FAILED_PRECONDITION').status).toBe(
    403,
  )
})

test('an error inside a stream says which status it stands for', () => {
  const body = readGeminiErrorBody({ error: { code: 503, message: 'busy', status: 'UNAVAILABLE' } })
  expect(statusInside(body)).toBe(503)
  expect(readComplaint(body)).toMatchObject({ message: 'busy', type: 'UNAVAILABLE' })
})

test('whatever is no error of Google is left as it is', () => {
  for (const body of [undefined, null, 5, 'x', [], {}, { error: 'no' }]) {
    expect(readGeminiError({ status: 500, headers: {}, body })).toEqual({
      status: 500,
      body,
      retryAfterSeconds: null,
    })
  }
})

const badKey = {
  error: {
    code: 400,
    message: 'API key not valid. Please pass a valid API key.',
    status: 'INVALID_ARGUMENT',
    details: [
      { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'API_KEY_INVALID' },
      { '@type': 'type.googleapis.com/google.rpc.LocalizedMessage', locale: 'en-US' },
    ],
  },
}
