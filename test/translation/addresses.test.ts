import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import type { ScriptedAnswer } from './scripted-answer.ts'
import { startTranslationWorld, type TranslationWorld } from './translation-world.ts'

const hello: ScriptedAnswer = {
  said: [{ kind: 'text', pieces: ['Grüß ', 'Gott'] }],
  finish: 'stop',
  promptTokens: 9,
  cachedTokens: 0,
  completionTokens: 3,
  reasoningTokens: 0,
}

let world: TranslationWorld
let url = ''
let secret = ''

beforeAll(async () => {
  world = await startTranslationWorld('anthropic')
  url = world.gateway.url
  secret = world.gateway.customer.secret
})

afterAll(() => world.close())

// A test reads what it expects to be there; a wrong guess fails its assertion.
type Answer = { status: number; json: ReturnType<typeof JSON.parse>; text: string }

async function call(
  method: string,
  path: string,
  { body, headers = {} }: { body?: object; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const response = await fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json', ...headers },
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    json = undefined
  }
  return { status: response.status, json, text }
}

const model = 'test/model'
const messages = [{ role: 'user', content: 'Hi' }]
const contents = [{ role: 'user', parts: [{ text: 'Hi' }] }]

describe('base addresses', () => {
  test.each([
    ['/v1/chat/completions', { model, messages }],
    ['/api/v1/chat/completions', { model, messages }],
    ['/chat/completions', { model, messages }],
    ['/v1/v1/messages', { model, messages, max_tokens: 9 }],
    ['/api/v1/messages?beta=true', { model, messages, max_tokens: 9 }],
    ['/messages', { model, messages, max_tokens: 9 }],
    ['/responses', { model, input: 'Hi', store: false }],
    ['/api/v1/responses', { model, input: 'Hi', store: false }],
    ['/v1/models/test%2Fmodel:generateContent', { contents }],
    ['/v1beta/models/test/model:generateContent', { contents }],
  ])('%s is answered', async (path, body) => {
    world.answer(hello)
    const { status, text } = await call('POST', path, { body })
    expect(text).toContain('Grüß Gott')
    expect(status).toBe(200)
  })

  test('what clients ask to see whether anybody is there is answered', async () => {
    for (const path of ['/', '/api/hello']) {
      expect((await fetch(url + path, { method: 'HEAD' })).status).toBe(200)
    }
  })

  test('a WebSocket is refused at once, so that clients go on without it', async () => {
    const { status, json } = await call('GET', '/v1/responses', {
      headers: { 'x-unused': 'fetch sends no upgrade' },
    })
    expect(status).toBe(405)
    expect(json.error.code).toBe('method_not_allowed')
  })
})

describe('keys and errors are in the words of the client', () => {
  test.each([
    ['/v1/messages', 'x-api-key', { model, messages, max_tokens: 9 }],
    ['/v1beta/models/test/model:generateContent', 'x-goog-api-key', { contents }],
  ])('%s takes a key in %s', async (path, header, body) => {
    world.answer(hello)
    const headers = { authorization: '', [header]: secret }
    expect((await call('POST', path, { body, headers })).status).toBe(200)
  })

  test('Anthropic, Google and OpenAI have three envelopes', async () => {
    const headers = { authorization: 'Bearer nope' }
    const anthropic = await call('POST', '/v1/messages', { body: {}, headers })
    expect(anthropic).toMatchObject({
      status: 401,
      json: { type: 'error', error: { type: 'authentication_error' } },
    })
    const path = '/v1beta/models/test/model:generateContent'
    const google = await call('POST', path, { body: {}, headers })
    expect(google).toMatchObject({ status: 401, json: { error: { code: 401 } } })
    const openai = await call('POST', '/v1/responses', { body: {}, headers })
    expect(openai).toMatchObject({ status: 401, json: { error: { code: 'invalid_api_key' } } })
  })

  test('a fault names its place in the client’s own request, and costs nothing', async () => {
    const before = world.gateway.credit.balance(world.gateway.customer.accountId)
    const body = {
      model,
      max_tokens: 9,
      messages: [{ role: 'user', content: [{ type: 'hologram' }] }],
    }
    const { status, text } = await call('POST', '/v1/messages', { body })
    expect(status).toBe(400)
    expect(text).toContain('messages[0].content: holds only blocks that are not known here')
    expect(text).toContain('hologram')
    expect(world.gateway.credit.balance(world.gateway.customer.accountId)).toBe(before)
  })
})

describe('a stored response', () => {
  test('can be shown, gone on with and deleted, by its own account alone', async () => {
    world.answer(hello)
    const first = await call('POST', '/v1/responses', { body: { model, input: 'My name is Ada.' } })
    const { id } = first.json
    expect(id).toMatch(/^resp_/)
    const shown = await call('GET', `/v1/responses/${id}`)
    expect(shown).toMatchObject({ status: 200, json: { id, status: 'completed', store: true } })
    const items = await call('GET', `/v1/responses/${id}/input_items`)
    expect(items.json.data).toHaveLength(1)

    const other = await world.gateway.addCustomer({ contentMode: 'full' })
    const headers = { authorization: `Bearer ${other.secret}` }
    expect((await call('GET', `/v1/responses/${id}`, { headers })).status).toBe(404)
    expect((await call('DELETE', `/v1/responses/${id}`, { headers })).status).toBe(404)

    const body = { model, input: 'Who am I?', previous_response_id: id, stream: true }
    const second = await call('POST', '/v1/responses', { body })
    expect(second.text).toContain('response.completed')
    const sent = world.upstream.received.at(-1)?.body ?? ''
    for (const piece of ['My name is Ada.', 'Grüß Gott', 'Who am I?']) expect(sent).toContain(piece)
    const [, secondId = ''] = /"id":"(resp_\w+)"/.exec(second.text) ?? []
    expect((await call('GET', `/v1/responses/${secondId}`)).json.previous_response_id).toBe(id)

    expect((await call('DELETE', `/v1/responses/${id}`)).json).toMatchObject({ deleted: true })
    expect((await call('GET', `/v1/responses/${id}`)).status).toBe(404)
    const after = await call('POST', '/v1/responses', { body })
    expect(after.status).toBe(400)
    expect(after.json.error.param).toBe('previous_response_id')
  })

  test('is not kept where the account keeps no content, and who asked for it is told', async () => {
    const quiet = await world.gateway.addCustomer({ contentMode: 'metadata' })
    const headers = { authorization: `Bearer ${quiet.secret}` }
    const body = { model, input: 'Hi', store: true }
    world.answer(hello)
    const { json } = await call('POST', '/v1/responses', { body, headers })
    expect(json.store).toBe(false)
    expect(json.codelace_metadata.warnings).toMatchObject([{ param: 'store' }])
    expect((await call('GET', `/v1/responses/${json.id}`, { headers })).status).toBe(404)
  })
})

test('tokens are counted in the words of each client, free of charge', async () => {
  const before = world.gateway.credit.balance(world.gateway.customer.accountId)
  const body = { model, messages }
  const counted = await call('POST', '/v1/messages/count_tokens', { body })
  expect(counted.json.input_tokens).toBeGreaterThan(0)
  const input = await call('POST', '/v1/responses/input_tokens', { body: { model, input: 'Hi' } })
  expect(input.json).toMatchObject({ object: 'response.input_tokens' })
  expect(input.json.input_tokens).toBeGreaterThan(0)
  const path = '/v1beta/models/test/model:countTokens'
  const plain = await call('POST', path, { body: { contents } })
  expect(plain.json.totalTokens).toBeGreaterThan(0)
  const wrapped = { generateContentRequest: { model: 'models/test/model', contents } }
  expect((await call('POST', path, { body: wrapped })).json).toEqual(plain.json)
  expect(world.gateway.credit.balance(world.gateway.customer.accountId)).toBe(before)
})

test('the list of models has the shape that each client knows', async () => {
  expect((await call('GET', '/v1/models')).json).toMatchObject({ object: 'list' })
  const headers = { 'anthropic-version': '2023-06-01' }
  const anthropic = await call('GET', '/v1/models', { headers })
  expect(anthropic.json).toMatchObject({ has_more: false, data: [{ type: 'model' }, {}] })
  expect((await call('GET', '/v1/models/test/model', { headers })).json).toMatchObject({
    id: model,
  })
  expect((await call('GET', '/v1beta/models')).json.models[0].name).toMatch(/^models\//)
  const gemini = await call('GET', '/v1beta/models/test/model')
  expect(gemini.json).toMatchObject({ name: 'models/test/model' })
})

test('without alt=sse a stream of Gemini is one JSON array', async () => {
  world.answer(hello)
  const path = '/v1beta/models/test/model:streamGenerateContent'
  const { json } = await call('POST', path, { body: { contents } })
  const parts = json.flatMap((chunk: ReturnType<typeof JSON.parse>) =>
    (chunk.candidates?.[0]?.content?.parts ?? []).map((part: { text?: string }) => part.text ?? ''),
  )
  expect(parts.join('')).toBe('Grüß Gott')
  expect(json.at(-1).usageMetadata).toMatchObject({ promptTokenCount: 9 })
})

test('a tool that Anthropic would bill by the call is left out of its own client’s request, and told', async () => {
  world.answer(hello)
  const tools = [
    { type: 'web_search_20250305', name: 'web_search' },
    { type: 'bash_20250124', name: 'bash' },
  ]
  const body = {
    model,
    messages,
    max_tokens: 9,
    tools,
    tool_choice: { type: 'tool', name: 'web_search' },
  }
  const { json } = await call('POST', '/v1/messages', { body })
  const sent = JSON.parse(world.upstream.received.at(-1)?.body ?? '')
  expect(sent.tools).toEqual([tools[1]])
  expect(sent.tool_choice).toBeUndefined()
  expect(json.codelace_metadata.warnings).toMatchObject([{ param: 'tools[0]' }])
})

test('what the client required and the provider cannot be told is refused', async () => {
  world.answer(hello)
  const body = { model, messages, logit_bias: { 5: 1 } }
  const told = await call('POST', '/v1/chat/completions', { body })
  expect(told.json.codelace_metadata.warnings).toMatchObject([{ param: 'logit_bias' }])
  const provider = { require_parameters: true }
  const refused = await call('POST', '/v1/chat/completions', { body: { ...body, provider } })
  expect(refused).toMatchObject({ status: 400, json: { error: { param: 'logit_bias' } } })
})
