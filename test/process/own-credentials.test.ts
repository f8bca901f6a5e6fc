import { afterAll, beforeAll, expect, test } from 'vitest'

import {
  answerWith,
  completion,
  startScriptedUpstream,
  type ScriptedUpstream,
} from '#test/gateway/scripted-upstream.ts'
import { startServer, type RunningServer } from '#test/server/running-server.ts'
import { until } from '#test/server/until.ts'

import { command } from './product.ts'

const own = 'sk-customer-0123456789abcdef'
const rotated = 'sk-rotated-0123456789abcdef'

let upstream: ScriptedUpstream
let server: RunningServer

beforeAll(async () => {
  upstream = await startScriptedUpstream(answerWith(200, completion()))
  server = await startServer({
    config: {
      ownCredentials: { feePercent: '2.5', providers: ['anthropic'] },
      providers: [{ slug: 'acme', name: 'Acme', baseUrl: upstream.baseUrl, apiKey: 'sk-shared' }],
      models: [
        {
          ...{ id: 'acme/small', contextLength: 8_000, maxOutput: 1_000 },
          endpoints: [
            {
              ...{ provider: 'acme', upstreamModel: 'small-1' },
              prices: { prompt: '1', completion: '2' },
            },
          ],
        },
      ],
    },
  })
}, 120_000)

afterAll(async () => {
  await server.stop()
  await upstream.close()
})

const run = (line: readonly string[]) =>
  command(line, { CODELACE_DATA: server.dataFolder, OUR_KEY: own })

async function ask() {
  const response = await fetch(`${server.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'acme/small', messages: [{ role: 'user', content: 'Hi' }] }),
  })
  const body: ReturnType<typeof JSON.parse> = await response.json()
  const key = upstream.received.at(-1)?.headers.authorization
  return { status: response.status, body, key }
}

/** The provider is shown this key, once the change has reached the gateway. */
const untilShown = (key: string) =>
  until(async () => ((await ask()).key === `Bearer ${key}` ? true : undefined), {
    ...{ timeoutMs: 15_000, what: `a request that shows ${key}` },
  })

test('a key that an account brings is what the provider sees, until it is switched off or removed', async () => {
  expect(await ask()).toMatchObject({
    key: 'Bearer sk-shared',
    body: { usage: { is_byok: false } },
  })
  const added = await run([
    ...['credentials', 'add', server.accountId, 'acme', 'Our key'],
    ...['--secret-env', 'OUR_KEY'],
  ])
  expect(added).toMatchObject({ exitCode: 0, err: '' })
  expect(added.out).toMatch(/^last test +works: Acme answered for acme\/small/m)
  expect(added.out).toMatch(/^key +…cdef$/m)
  const id = /^id +(cred_\w+)$/m.exec(added.out)?.[1] ?? expect.fail(added.out)
  await untilShown(own)

  // 10 prompt tokens at $1 and 5 of completion at $2 a million, of which 2.5 %: $0.0000005.
  const { body } = await ask()
  expect(body.usage).toMatchObject({
    ...{ cost: 0.0000005, is_byok: true },
    cost_details: { upstream_inference_cost: 0.00002 },
  })
  const path = `/api/accounts/${server.accountId}/requests/${body.id}`
  const { data } = (await server.operate('GET', path)) as { data: ReturnType<typeof JSON.parse> }
  expect(data).toMatchObject({
    ...{ cost: '0.0000005' },
    own_credential: { id, fee_percent: '2.5', upstream_cost: '0.00002' },
    cost_breakdown: { exact: '0.00002', charged: '0.0000005' },
  })

  const credential = `/api/accounts/${server.accountId}/credentials/${id}`
  await server.operate('PATCH', credential, { secret: { kind: 'api_key', api_key: rotated } })
  await untilShown(rotated)
  await run(['credentials', 'disable', server.accountId, id])
  await untilShown('sk-shared')
  await run(['credentials', 'enable', server.accountId, id])
  await untilShown(rotated)
  const removed = await run(['credentials', 'remove', server.accountId, id])
  expect(removed.out).toContain('Removed "Our key" (Acme)')
  await untilShown('sk-shared')
  expect((await run(['credentials', 'list', server.accountId])).out).not.toContain(id)
}, 120_000)

test('every charge with a fee is the same when it is computed again, and the books are whole', async () => {
  const from = new Date(Date.now() - 3_600_000).toISOString()
  const to = new Date(Date.now() + 3_600_000).toISOString()
  const report = await until(
    async () => {
      const answer = await server.operate('GET', `/api/prices/rerate?from=${from}&to=${to}`)
      const { data } = answer as { data: ReturnType<typeof JSON.parse> }
      return data.same >= 3 ? data : undefined
    },
    { timeoutMs: 15_000, what: 'the charges in the log' },
  )
  expect(report).toMatchObject({ different: 0 })
  const verified = await run(['ledger', 'verify'])
  expect(verified.exitCode).toBe(0)
}, 60_000)

test('no secret was ever written down in clear', async () => {
  expect(server.output()).not.toContain(own)
  expect(server.output()).not.toContain(rotated)
})
