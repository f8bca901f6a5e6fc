import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { command, type Ended } from '#test/process/product.ts'
import { type RunningServer, startServer } from '#test/server/running-server.ts'
import { until } from '#test/server/until.ts'

import { startHeldUpstream, type HeldUpstream, reportedUsage } from './held-upstream.ts'

const endpoint = 'acme/fast@acme'

interface Prices {
  readonly prompt?: string
  readonly completion?: string
}
const oldPrices = { prompt: '1', completion: '2' }
const newPrices = { prompt: '10', completion: '20.000001' }

let upstream: HeldUpstream
let server: RunningServer
let folder: string
let configPath: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'codelace-prices-'))
  configPath = join(folder, 'codelace.json')
  upstream = await startHeldUpstream()
  configure(oldPrices)
  server = await startServer({ environment: { CODELACE_CONFIG: configPath } })
}, 120_000)
afterAll(async () => {
  await server.stop()
  await upstream.close()
  rmSync(folder, { recursive: true, force: true })
})
beforeEach(async () => {
  configure(oldPrices)
  await server.operate('POST', '/api/prices/apply')
})

/** Writes the file that the server was started with; the server does not know yet. */
function configure(prices: Prices, more: readonly object[] = []): void {
  const provider = { slug: 'acme', baseUrl: upstream.baseUrl }
  const limits = { contextLength: 4096, maxOutput: 100 }
  const models = [
    {
      id: 'acme/fast',
      ...limits,
      endpoints: [{ provider: 'acme', upstreamModel: 'fast', prices }],
    },
    ...more,
  ]
  writeFileSync(configPath, JSON.stringify({ providers: [provider], models }))
}

const apply = () => server.operate('POST', '/api/prices/apply')

function ask(stream: boolean): Promise<Response> {
  return fetch(`${server.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'acme/fast',
      messages: [{ role: 'user', content: 'Hello' }],
      stream,
    }),
  })
}

interface LogLine {
  readonly cost: string
  readonly price_version_id: string
}

/** The line of the log, once it is there. */
function lineOf(answer: Response): Promise<LogLine> {
  const id = answer.headers.get('x-generation-id') ?? ''
  return until(
    async () => {
      const found = await server.operate('GET', `/api/generations/${id}`).catch(() => undefined)
      return found === undefined ? undefined : Object(found).data
    },
    { timeoutMs: 10_000, what: `the log has ${id}` },
  )
}

async function versionInForce(): Promise<string> {
  const { data } = Object(await server.operate('GET', '/api/prices'))
  return data.find((one: { endpoint: string }) => one.endpoint === endpoint).version.id
}

const allTime = 'from=2020-01-01T00:00:00Z&to=2200-01-01T00:00:00Z'

/** 7 prompt and 3 completion tokens, worked out by hand. */
const oldCost = '0.000013'
const newCost = '0.000130001'

describe('prices that are applied while the server runs', () => {
  test('a stream keeps the price it began with; the next request pays the new one', async () => {
    const oldVersion = await versionInForce()
    const streamed = await ask(true)
    const reader = streamed.body?.pipeThrough(new TextDecoderStream()).getReader()
    let text = (await reader?.read())?.value ?? ''
    expect(text).toContain('"content":"a"')

    configure(newPrices)
    expect(await apply()).toMatchObject({
      data: [
        {
          endpoint,
          kind: 'changed',
          version_before: oldVersion,
          rates: expect.arrayContaining([
            { rate: 'prompt', min_prompt_tokens: 0, before: '1', after: '10' },
            { rate: 'completion', min_prompt_tokens: 0, before: '2', after: '20.000001' },
          ]),
        },
      ],
    })
    const newVersion = await versionInForce()
    expect(newVersion).not.toBe(oldVersion)
    const next = await ask(false)
    const { usage } = Object(await next.json())

    upstream.endStreams()
    for (;;) {
      const piece = await reader?.read()
      if (piece === undefined || piece.done) break
      text += piece.value
    }
    expect(text).toContain(`"prompt_tokens":${reportedUsage.prompt_tokens}`)
    expect(text).toContain('"cost":0.000013')
    expect(usage.cost).toBe(0.000130001)
    expect(await lineOf(streamed)).toMatchObject({ cost: oldCost, price_version_id: oldVersion })
    expect(await lineOf(next)).toMatchObject({ cost: newCost, price_version_id: newVersion })

    const rerated = await until(
      async () => {
        const { data } = Object(await server.operate('GET', `/api/prices/rerate?${allTime}`))
        return data.charges < 2 ? undefined : data
      },
      { timeoutMs: 20_000, what: 'both charges are in the store' },
    )
    // (7 x 1 + 3 x 2) and (7 x 10 + 3 x 20.000001) millionths of a dollar, before rounding.
    expect(rerated).toMatchObject({
      charges: 2,
      different: 0,
      rerated: '0.000143001',
      charged: '0.000143001',
      rerated_exact: '0.000143000003',
    })
  }, 60_000)

  test('models come and go with them, and /v1/models says so', async () => {
    const list = async () => Object(await (await fetch(`${server.url}/v1/models`)).json()).data
    const before = await list()
    const endpoints = [{ provider: 'acme', upstreamModel: 'slow', prices: oldPrices }]
    configure(newPrices, [{ id: 'acme/slow', contextLength: 10, endpoints }])
    expect(await apply()).toMatchObject({ data: [{ kind: 'changed' }, { kind: 'added' }] })
    const after = await list()
    expect(after.length).toBe(before.length + 1)
    const fast = after.find((one: { id: string }) => one.id === 'acme/fast')
    expect(fast.pricing.prompt).toBe('0.00001')
    configure(newPrices)
    expect(await apply()).toMatchObject({
      data: [{ endpoint: 'acme/slow@acme', kind: 'removed', version_after: null }],
    })
  }, 60_000)

  test.each([
    ['missing', { prompt: '10' }, 'prices.completion: found nothing'],
    ['negative', { prompt: '-10', completion: '20' }, 'prices.prompt: found the text "-10"'],
    ['empty', { prompt: '', completion: '20' }, 'prices.prompt: found an empty text'],
    [
      'finer than a pico-dollar',
      { prompt: '0.0000001', completion: '20' },
      'prices.prompt: found the text "0.0000001"',
    ],
  ])('a price that is %s is named, and nothing changes', async (_, prices, problem) => {
    const version = await versionInForce()
    const history = await server.operate('GET', '/api/prices/history')
    configure(prices)
    for (const [method, path] of [
      ['GET', '/api/prices/preview'],
      ['POST', '/api/prices/apply'],
    ] as const) {
      const headers = { authorization: `Bearer ${server.operatorToken}` }
      const answer = await fetch(server.url + path, { method, headers })
      const { error } = Object(await answer.json())
      expect([answer.status, error.code]).toEqual([409, 'invalid_configuration'])
      expect(error.message).toContain(`models[0].endpoints[0].${problem}`)
    }
    expect(await server.operate('GET', '/api/prices/history')).toEqual(history)
    const answer = await ask(false)
    await answer.arrayBuffer()
    expect(await lineOf(answer)).toMatchObject({ cost: oldCost, price_version_id: version })
  })

  test('a customer’s key may not apply prices', async () => {
    const headers = { authorization: `Bearer ${server.apiKey}` }
    const answer = await fetch(`${server.url}/api/prices/apply`, { method: 'POST', headers })
    expect(answer.status).toBe(403)
  })
})

describe('the commands', () => {
  const run = (...words: string[]): Promise<Ended> =>
    command(words, { CODELACE_DATA: server.dataFolder, CODELACE_CONFIG: configPath })

  test('show what would change, change it only when told to, and compute it again', async () => {
    configure(newPrices)
    const row = /^acme\/fast@acme +prompt +1 +10$/m
    for (const words of [['diff'], ['apply', '--dry-run'], ['apply']]) {
      const shown = await run('prices', ...words)
      expect(shown.exitCode, shown.err).toBe(0)
      expect(shown.out).toMatch(row)
    }
    expect((await run('prices', 'apply')).err).toContain('Nothing was changed yet.')
    const applied = await run('prices', 'apply', '--yes')
    expect(applied.out).toMatch(row)
    expect(applied.err).toBe('The server serves its configuration as it stands now.\n')
    expect((await run('prices', 'diff')).out).toBe('No price would change.\n')
    const json = await run('prices', 'apply', '--dry-run', '--json')
    expect(JSON.parse(json.out)).toEqual({ data: [] })

    const period = ['--from', '2020-01-01', '--to', '2200-01-01']
    const rerated = await run('prices', 'rerate', ...period)
    expect(rerated.exitCode).toBe(0)
    expect(rerated.out).toMatch(/^The same: /)
    const wrong = await run('prices', 'rerate', '--from', 'x', '--to', '2200-01-01')
    expect(wrong.exitCode).toBe(2)
  }, 120_000)

  test('name every mistake in the server’s configuration', async () => {
    configure({ prompt: '-1' })
    const { exitCode, err } = await run('prices', 'apply', '--yes')
    expect(exitCode).toBe(1)
    expect(err).toContain('Nothing was changed: there are 2 mistakes in the configuration:')
    expect(err).toContain('prices.prompt: found the text "-1"')
    expect(err).toContain('prices.completion: found nothing')
  }, 60_000)
})
