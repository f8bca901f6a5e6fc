import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { databaseKinds, makeDatabase, type TestDatabase } from '#test/database/database-fixture.ts'
import { type RunningServer, startServer } from '#test/server/running-server.ts'
import { until } from '#test/server/until.ts'

import { type GatedUpstream, startGatedUpstream } from './gated-upstream.ts'

const model = 'load/dime'

/** Prices that make the bound of each request exactly $0.10, of which it then costs $0.01. */
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
  readonly error?: { readonly code: string; readonly message: string; readonly metadata: unknown }
}

async function ask(server: RunningServer, apiKey: string): Promise<Answer> {
  const response = await fetch(`${server.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model,
      max_tokens: 1_000,
      messages: [{ role: 'user', content: 'Spend a dime.' }],
    }),
  })
  const body: Omit<Answer, 'status'> = JSON.parse(await response.text())
  return { ...body, status: response.status }
}

async function usageOf(server: RunningServer, apiKey: string): Promise<number> {
  const response = await fetch(`${server.url}/v1/key`, {
    headers: { authorization: `Bearer ${apiKey}` },
  })
  const { data }: { data: { usage_daily: number } } = JSON.parse(await response.text())
  return data.usage_daily
}

async function makeKey(server: RunningServer): Promise<string> {
  const body = { name: 'limited', limits: { spend: { day: '1', total: '1.5' } } }
  const path = `/api/accounts/${server.accountId}/keys`
  const made: { key: string } = Object(await server.operate('POST', path, body))
  return made.key
}

/** Asks so often, each server in turn, all at once. */
function askAll(servers: readonly RunningServer[], apiKey: string, count: number) {
  let endedCount = 0
  const answers = Array.from({ length: count }, async (_, index) => {
    const server = servers[index % servers.length]
    if (server === undefined) return expect.fail('there is a server')
    const answer = await ask(server, apiKey)
    endedCount += 1
    return answer
  })
  return { answers: Promise.all(answers), endedCount: () => endedCount }
}

describe.each(databaseKinds)('a spend limit of $1 a day, store: %s', (kind) => {
  const scratch = mkdtempSync(join(tmpdir(), 'codelace-spend-'))
  const nodeCount = kind === 'server' ? 2 : 1
  const servers: RunningServer[] = []
  let upstream: GatedUpstream
  let database: TestDatabase | undefined
  let apiKey: string
  let settings: Parameters<typeof startServer>[0]

  async function startNode(place: string): Promise<RunningServer> {
    const dataFolder = join(scratch, place)
    const [first] = servers
    if (first !== undefined) {
      mkdirSync(dataFolder, { recursive: true })
      copyFileSync(join(first.dataFolder, 'first-run.json'), join(dataFolder, 'first-run.json'))
    }
    return startServer({ ...settings, dataFolder })
  }

  beforeAll(async () => {
    upstream = await startGatedUpstream({ prompt_tokens: 20, completion_tokens: 100 })
    database = kind === 'server' ? await makeDatabase('server') : undefined
    const masterKey = Buffer.alloc(32, 7).toString('base64')
    const environment = database?.url
      ? { DATABASE_URL: database.url, CODELACE_MASTER_KEY: masterKey }
      : {}
    settings = { config: configFor(upstream), environment }
    for (let node = 1; node <= nodeCount; node += 1) servers.push(await startNode(`node-${node}`))
    const [first] = servers
    if (first !== undefined) apiKey = await makeKey(first)
  }, 120_000)

  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()))
    await upstream.close()
    await database?.drop()
    rmSync(scratch, { recursive: true, force: true })
  })

  test(`of 200 requests at once on ${nodeCount} node(s), exactly ten are admitted`, async () => {
    const { answers, endedCount } = askAll(servers, apiKey, 200)
    // The provider answers nobody until everyone is either with it or refused.
    await until(() => (endedCount() + upstream.arrived() >= 200 ? true : undefined), {
      timeoutMs: 60_000,
      what: 'every request is admitted or refused',
    })
    expect(upstream.arrived()).toBe(10)
    upstream.open()
    const all = await answers
    expect(all.filter(({ status }) => status === 200)).toHaveLength(10)
    const refused = all.filter(({ status }) => status !== 200)
    expect(new Set(refused.map(({ status, error }) => `${status} ${error?.code}`))).toEqual(
      new Set(['402 spend_limit_exceeded']),
    )
    expect(refused[0]?.error?.metadata).toMatchObject({ limit: 'spend.day', limit_of: 'key' })
  }, 150_000)

  test('the limit is spent to the last cent and not further, whoever is asked', async () => {
    for (let spent = 0; spent < 0.9;) {
      await Promise.all(
        Array.from({ length: 5 }, async (_, index) => {
          const server = servers[index % servers.length]
          if (server) await ask(server, apiKey)
        }),
      )
      const [first] = servers
      const now = first === undefined ? 1 : await usageOf(first, apiKey)
      expect(now).toBeLessThanOrEqual(1)
      spent = now
    }
    const total = await until(
      async () => {
        const usages = await Promise.all(servers.map((server) => usageOf(server, apiKey)))
        return new Set(usages).size === 1 ? usages[0] : undefined
      },
      { timeoutMs: 10_000, what: 'all nodes agree on what was spent' },
    )
    expect(total).toBeGreaterThanOrEqual(0.9)
    expect(total).toBeLessThanOrEqual(1)
  }, 150_000)

  test('a restart remembers what was spent', async () => {
    const [first] = servers
    if (first === undefined) return expect.fail('there is a server')
    const before = await usageOf(first, apiKey)
    const folder = first.dataFolder
    await first.stop('SIGKILL')
    servers[0] = await startServer({ ...settings, dataFolder: folder })
    expect(await usageOf(servers[0], apiKey)).toBeCloseTo(before, 9)
    const answer = await until(
      async () => {
        const one = await ask(servers[0] ?? first, apiKey)
        return one.status === 402 ? one : undefined
      },
      { timeoutMs: 20_000, what: 'the rest, below one bound, is refused' },
    )
    expect(answer.error?.code).toBe('spend_limit_exceeded')
    expect(await usageOf(servers[0], apiKey)).toBeLessThanOrEqual(1)
  }, 120_000)

  test('the books agree with what was counted', async () => {
    await until(
      async () => {
        const { data } = Object(await servers[0]?.operate('POST', '/api/ledger/verify'))
        return data.balanced === true ? true : undefined
      },
      { timeoutMs: 10_000, what: 'the ledger is balanced' },
    )
  })
})
