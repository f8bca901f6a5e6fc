import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { databaseKinds, makeDatabase, type TestDatabase } from '#test/database/database-fixture.ts'
import { type RunningServer, startServer } from '#test/server/running-server.ts'
import { until } from '#test/server/until.ts'

import { type GatedUpstream, startGatedUpstream } from './gated-upstream.ts'

const requestCount = 1_000
const affordableCount = 50
const model = 'load/dime'

/** Prices that make the bound of each request exactly $0.10: 1,000 tokens at $100 a million. */
function configFor(upstream: GatedUpstream) {
  const prices = { prompt: '0', completion: '100' }
  return {
    providers: [{ slug: 'load', name: 'Load', kind: 'compute', baseUrl: upstream.baseUrl }],
    models: [
      {
        id: model,
        contextLength: 100_000,
        maxOutput: 1_000,
        endpoints: [{ provider: 'load', upstreamModel: 'dime', prices }],
      },
    ],
  }
}

interface Answer {
  readonly status: number
  readonly usage?: { readonly cost: number }
  readonly error?: { readonly code: string; readonly message: string }
}

async function ask(server: RunningServer): Promise<Answer> {
  const response = await fetch(`${server.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model,
      max_tokens: 1_000,
      messages: [{ role: 'user', content: 'Spend a dime.' }],
    }),
  })
  const body: Omit<Answer, 'status'> = JSON.parse(await response.text())
  return { ...body, status: response.status }
}

interface Credits {
  readonly available: string
  readonly held: string
  readonly spent: string
  readonly granted: string
}

async function readCredits(server: RunningServer): Promise<Credits> {
  const path = `/api/accounts/${server.accountId}/credits`
  const answer: { data: Credits } = Object(await server.operate('GET', path))
  return answer.data
}

async function sumOfEntries(url: string): Promise<string> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query(
      'select sum(amount_nano_usd)::text as sum from ledger_entry',
    )
    return String(rows[0]?.sum)
  } finally {
    await client.end()
  }
}

describe.each(databaseKinds)('1,000 requests at once against $5.00, store: %s', (kind) => {
  let upstream: GatedUpstream
  let server: RunningServer
  let database: TestDatabase | undefined
  let admittedCount = 0
  let creditsAtPeak: Credits
  let answers: readonly Answer[] = []

  beforeAll(async () => {
    upstream = await startGatedUpstream({ prompt_tokens: 20, completion_tokens: 100 })
    database = kind === 'server' ? await makeDatabase('server') : undefined
    const masterKey = Buffer.alloc(32, 7).toString('base64')
    const environment = database?.url
      ? { DATABASE_URL: database.url, CODELACE_MASTER_KEY: masterKey }
      : {}
    server = await startServer({ config: configFor(upstream), environment })
    let endedCount = 0
    const running = Array.from({ length: requestCount }, async () => {
      const answer = await ask(server)
      endedCount += 1
      return answer
    })
    // The provider answers nobody until everyone is either with it or refused.
    await until(() => (endedCount + upstream.arrived() >= requestCount ? true : undefined), {
      timeoutMs: 90_000,
      what: 'every request is admitted or refused',
    })
    admittedCount = upstream.arrived()
    creditsAtPeak = await readCredits(server)
    upstream.open()
    answers = await Promise.all(running)
  }, 150_000)

  afterAll(async () => {
    await server.stop()
    await upstream.close()
    await database?.drop()
  })

  test('as many are admitted as the credit covers, and not one more', () => {
    expect(admittedCount).toBe(affordableCount)
    expect(upstream.arrived()).toBe(affordableCount)
  })

  test('the balance is not below zero when all of it is held', () => {
    expect(Number(creditsAtPeak.available)).toBeGreaterThanOrEqual(0)
    expect(creditsAtPeak.spent).toBe('0')
  })

  test('the admitted are answered and pay what it cost, not what it could have cost', () => {
    const answered = answers.filter(({ status }) => status === 200)
    expect(answered.map(({ usage }) => usage?.cost)).toEqual(Array(affordableCount).fill(0.01))
  })

  test('the others are refused with 402 and pay nothing', () => {
    const refused = answers.filter(({ status }) => status !== 200)
    expect(refused).toHaveLength(requestCount - affordableCount)
    expect(new Set(refused.map(({ status, error }) => `${status} ${error?.code}`))).toEqual(
      new Set(['402 insufficient_credits']),
    )
  })

  test('the books end at what was granted less what it cost, to the nano-dollar', async () => {
    const credits = await until(
      async () => {
        const found = await readCredits(server)
        return found.held === '0' && found.spent === '0.5' ? found : undefined
      },
      { timeoutMs: 15_000, what: 'all is settled and idle credit has gone back' },
    )
    expect(credits).toMatchObject({ available: '4.5', held: '0', spent: '0.5', granted: '5' })
  })

  test('the entries sum to zero and explain every balance', async () => {
    const verification = await server.operate('POST', '/api/ledger/verify')
    expect(verification).toMatchObject({ data: { balanced: true, differences: [] } })
    if (database?.url) expect(await sumOfEntries(database.url)).toBe('0')
  })
})
