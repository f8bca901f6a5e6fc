import OpenAI, {
  APIError,
  AuthenticationError,
  BadRequestError,
  ConflictError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
  UnprocessableEntityError,
} from 'openai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { type RunningServer, startServer } from '#test/server/running-server.ts'
import { until } from '#test/server/until.ts'

let server: RunningServer

beforeAll(async () => {
  server = await startServer()
}, 90_000)

afterAll(() => server.stop())

function clientWith(apiKey: string): OpenAI {
  return new OpenAI({ baseURL: `${server.url}/v1`, apiKey, maxRetries: 0 })
}

async function errorOf(call: PromiseLike<unknown>): Promise<APIError> {
  const error = await Promise.resolve(call).then(
    () => expect.fail('it succeeded'),
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof APIError)) throw error
  return error
}

function ask(
  content: string,
  options: { apiKey?: string; model?: string; maxTokens?: number } = {},
) {
  return clientWith(options.apiKey ?? server.apiKey).chat.completions.create({
    model: options.model ?? 'sim/echo',
    messages: [{ role: 'user', content }],
    ...(options.maxTokens === undefined ? {} : { max_tokens: options.maxTokens }),
  })
}

/** A customer of their own, with as much credit as said. */
async function makeCustomer(amount: string): Promise<{ accountId: string; apiKey: string }> {
  const name = `Customer with ${amount}`
  const account = Object(await server.operate('POST', '/api/accounts', { display_name: name }))
  const accountId = String(account.data.id)
  if (amount !== '0') {
    const grant = { amount, effect_key: `start-${accountId}` }
    await server.operate('POST', `/api/accounts/${accountId}/grants`, grant)
  }
  const key = Object(await server.operate('POST', `/api/accounts/${accountId}/keys`, { name: 'a' }))
  return { accountId, apiKey: String(key.key) }
}

describe('what the caller did wrong has the class that clients expect', () => {
  test('a key that is not one: AuthenticationError', async () => {
    const error = await errorOf(ask('Hello', { apiKey: 'cl_kNotAKey' }))
    expect(error).toBeInstanceOf(AuthenticationError)
    expect(error.code).toBe('invalid_api_key')
  })

  test('a key that was revoked: AuthenticationError within five seconds', async () => {
    const { accountId, apiKey } = await makeCustomer('1')
    await ask('Hello', { apiKey })
    const { data } = Object(await server.operate('GET', `/api/accounts/${accountId}/keys`))
    await server.operate('POST', `/api/keys/${data[0].id}/revoke`)
    const error = await until(
      () =>
        ask('Hello', { apiKey }).then(
          () => undefined,
          (thrown: unknown) => thrown,
        ),
      { timeoutMs: 5_000, what: 'the revoked key is refused' },
    )
    expect(error).toBeInstanceOf(AuthenticationError)
    expect(error).toMatchObject({ code: 'revoked_api_key' })
  })

  test('a suspended account: PermissionDeniedError', async () => {
    const { accountId, apiKey } = await makeCustomer('1')
    await server.operate('POST', `/api/accounts/${accountId}/suspend`, { reason: 'For a test.' })
    const error = await until(
      () =>
        ask('Hello', { apiKey }).then(
          () => undefined,
          (thrown: unknown) => thrown,
        ),
      { timeoutMs: 5_000, what: 'the suspended account is refused' },
    )
    expect(error).toBeInstanceOf(PermissionDeniedError)
    expect(error).toMatchObject({ code: 'account_suspended' })
  })

  test('no messages: BadRequestError that names the field', async () => {
    const call = clientWith(server.apiKey).chat.completions.create({
      model: 'sim/echo',
      messages: [],
    })
    const error = await errorOf(call)
    expect(error).toBeInstanceOf(BadRequestError)
    expect(error.param).toBe('messages')
  })

  test('an unknown model: NotFoundError with near names', async () => {
    const error = await errorOf(ask('Hello', { model: 'sim/ecko' }))
    expect(error).toBeInstanceOf(NotFoundError)
    expect(error.code).toBe('model_not_found')
    expect(error.message).toContain('sim/echo')
  })

  test('no credit: 402 that says what can be afforded', async () => {
    const { apiKey } = await makeCustomer('0')
    const error = await errorOf(ask('Hello', { apiKey, maxTokens: 100 }))
    expect(error.status).toBe(402)
    expect(error.code).toBe('insufficient_credits')
  })

  test('too little credit: 402 with the largest max_tokens that would be admitted', async () => {
    const { apiKey } = await makeCustomer('0.01')
    const error = await errorOf(ask('Hello', { apiKey, maxTokens: 1_000_000 }))
    expect(error.status).toBe(402)
    const affordable = /max_tokens\D{0,20}?(\d[\d,]*)/.exec(error.message)?.[1]
    const maxTokens = Number(affordable?.replaceAll(',', ''))
    expect(maxTokens, error.message).toBeGreaterThan(0)
    const completion = await ask('Hello', { apiKey, maxTokens })
    expect(completion.choices).toHaveLength(1)
  })
})

describe('what the provider did has the class of its status', () => {
  const expected = [
    { status: 400, type: BadRequestError },
    { status: 401, type: AuthenticationError },
    { status: 403, type: PermissionDeniedError },
    { status: 404, type: NotFoundError },
    { status: 409, type: ConflictError },
    { status: 422, type: UnprocessableEntityError },
    { status: 429, type: RateLimitError },
    { status: 500, type: InternalServerError },
    { status: 503, type: InternalServerError },
  ]

  test.each(expected)('status $status', async ({ status, type }) => {
    const error = await errorOf(ask(`Fail.\nsim: error=${status}`))
    expect(error).toBeInstanceOf(type)
  })

  test.each(['refused', 'reset', 'html', 'bad-json', 'in-body'])(
    'an answer that is none (%s) is an InternalServerError',
    async (name) => {
      const error = await errorOf(ask(`Fail.\nsim: error=${name}`))
      expect(error).toBeInstanceOf(InternalServerError)
    },
  )

  test.each(['mid-stream', 'truncate', 'cut'])(
    'a stream that breaks (%s) throws after what was delivered',
    async (name) => {
      const stream = await clientWith(server.apiKey).chat.completions.create({
        model: 'sim/stream',
        messages: [
          { role: 'user', content: `Fail.\nsim: error=${name} errorAfterChunks=3 chunks=9` },
        ],
        stream: true,
      })
      let pieces = 0
      const reading = (async () => {
        for await (const { choices } of stream) if (choices[0]?.delta.content) pieces += 1
      })()
      const error = await errorOf(reading)
      expect(error.message).not.toBe('')
      expect(pieces).toBeGreaterThan(0)
    },
  )
})
