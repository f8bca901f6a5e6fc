import OpenAI from 'openai'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { type RunningServer, startServer } from '#test/server/running-server.ts'

let server: RunningServer
let client: OpenAI
let requestCount = 0

beforeAll(async () => {
  server = await startServer()
  client = new OpenAI({
    baseURL: `${server.url}/v1`,
    apiKey: server.apiKey,
    fetch: (...request) => {
      requestCount += 1
      return fetch(...request)
    },
  })
}, 90_000)

afterAll(() => server.stop())

const hello = [{ role: 'user' as const, content: 'Hello, world!\nsim: firstByteDelayMs=1500' }]

test("the client's own retries join the request under way: one answer, one charge", async () => {
  const options = { headers: { 'Idempotency-Key': 'retried' }, timeout: 500, maxRetries: 6 }
  const answer = await client.chat.completions.create(
    { model: 'sim/echo', messages: hello },
    options,
  )
  expect(answer.choices[0]?.message.content).toContain('Hello, world!')
  expect(requestCount).toBeGreaterThan(1)
  const { data } = (await server.operate('GET', '/api/generations')) as { data: { id: string }[] }
  expect(data.map(({ id }) => id)).toEqual([answer.id])
}, 60_000)

test('a key that was used for another request is refused at once, without retries', async () => {
  requestCount = 0
  const other = client.chat.completions.create(
    { model: 'sim/echo', messages: [{ role: 'user', content: 'Something else' }] },
    { headers: { 'Idempotency-Key': 'retried' }, maxRetries: 5 },
  )
  await expect(other).rejects.toMatchObject({ status: 409, code: 'idempotency_key_reused' })
  expect(requestCount).toBe(1)
})
