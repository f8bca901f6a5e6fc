import { describe, expect, test } from 'vitest'

import { Fault, faults, type FaultCode } from '#domain/faults.ts'

import { errorChunk, errorEnvelope, errorHeaders } from './error-envelope.ts'

describe('the envelope', () => {
  test.each(Object.keys(faults) as FaultCode[])('%s has all that clients read', (code) => {
    const { error } = errorEnvelope(new Fault(code, { cause: new Error('secret') }))
    expect(error).toEqual({
      message: expect.any(String),
      type: faults[code].type,
      param: null,
      code,
      metadata: { error_type: faults[code].errorType },
    })
    expect(JSON.stringify(error)).not.toContain('secret')
  })

  test.each([
    [401, 'authentication_error', 'authentication'],
    [403, 'permission_error', 'permission_denied'],
    [404, 'invalid_request_error', 'not_found'],
    [429, 'rate_limit_error', 'rate_limit_exceeded'],
    [400, 'invalid_request_error', 'invalid_request'],
    [422, 'invalid_request_error', 'unprocessable'],
  ])('a status %i that is passed on has its own type', (status, type, errorType) => {
    const fault = new Fault('provider_rejected', { status, metadata: { provider_code: 'x' } })
    expect(errorEnvelope(fault).error).toMatchObject({
      ...{ type, metadata: { error_type: errorType, provider_code: 'x' } },
    })
  })

  test('headers say when to come back, what is allowed, and how to sign in', () => {
    expect(errorHeaders(new Fault('service_unavailable', { retryAfterSeconds: 3 }))).toEqual({
      'retry-after': '3',
    })
    expect(errorHeaders(new Fault('method_not_allowed', { metadata: { allow: 'GET' } }))).toEqual({
      allow: 'GET',
    })
    expect(errorHeaders(new Fault('invalid_api_key'))).toEqual({ 'www-authenticate': 'Bearer' })
    // The provider's refusal of our key says nothing about the client's.
    expect(errorHeaders(new Fault('provider_rejected', { status: 401 }))).toEqual({})
  })
})

describe('the chunk', () => {
  test('ends a stream in the form that OpenRouter clients know', () => {
    const fault = new Fault('provider_error', { details: { provider: 'P', detail: 'no' } })
    const source = { fault, id: 'gen-1', model: 'm', provider: 'P', createdAtSeconds: 5 }
    expect(errorChunk(source)).toMatchObject({
      id: 'gen-1',
      provider: 'P',
      object: 'chat.completion.chunk',
      created: 5,
      model: 'm',
      error: {
        code: 502,
        message: 'P reported an error: no',
        metadata: { code: 'provider_error' },
      },
      choices: [{ index: 0, delta: { content: '' }, finish_reason: 'error' }],
    })
  })
})
