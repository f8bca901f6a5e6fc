import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { parseDecimal } from '#domain/money.ts'
import { makeDatabase, type TestDatabase } from '#test/database/database-fixture.ts'
import { type RunningServer, startServer } from '#test/server/running-server.ts'
import { until } from '#test/server/until.ts'

/** The long form has the size of the criterion; the short one is for every run of the tests. */
const streamCount = process.env['CODELACE_CROWDS'] === 'long' ? 500 : 60
const nodeCount = 3
/** How long a node that was asked to stop goes on listening, so that whoever sends it requests can see it. */
const stopDelaySeconds = '2'
const chunks = 12

const scratch = mkdtempSync(join(tmpdir(), 'codelace-rolling-'))
const nodes: RunningServer[] = []
/** The nodes that a balancer sends requests to: those that last said that they are ready. */
let ready: readonly RunningServer[] = []
let database: TestDatabase

async function startNode(name: string): Promise<RunningServer> {
  const dataFolder = join(scratch, name)
  const [first] = nodes
  if (first !== undefined && first.dataFolder !== dataFolder) {
    mkdirSync(dataFolder, { recursive: true })
    copyFileSync(join(first.dataFolder, 'first-run.json'), join(dataFolder, 'first-run.json'))
  }
  return startServer({
    dataFolder,
    environment: {
      DATABASE_URL: database.url ?? '',
      CODELACE_MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
      CODELACE_STOP_DELAY_SECONDS: stopDelaySeconds,
    },
  })
}

beforeAll(async () => {
  database = await makeDatabase('server')
  for (let node = 1; node <= nodeCount; node += 1) nodes.push(await startNode(`node-${node}`))
  const [first] = nodes
  await first?.operate('POST', `/api/accounts/${first.accountId}/grants`, {
    amount: '1000',
    kind: 'paid',
    effect_key: 'rolling',
  })
}, 180_000)
afterAll(async () => {
  await Promise.all(nodes.map((node) => node.stop()))
  await database.drop()
  rmSync(scratch, { recursive: true, force: true })
})

/** Asks every node whether it is ready, again and again, as a balancer does. */
async function balance(isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    const answers = nodes.map(async (node) => {
      const isReady = await fetch(`${node.url}/readyz`)
        .then(({ ok }) => ok)
        .catch(() => false)
      return isReady ? [node] : []
    })
    ready = (await Promise.all(answers)).flat()
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** One stream from a node that is ready; what it cost, or how it failed. */
async function readStream(number: number): Promise<{ cost: string } | { failure: string }> {
  const node = ready[number % ready.length]
  if (node === undefined) return { failure: 'no node is ready' }
  try {
    const answer = await fetch(`${node.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${node.apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'sim/stream',
        stream: true,
        messages: [{ role: 'user', content: 'Hi' }],
        sim: { chunks, chunkDelayMs: 100 },
      }),
    })
    const text = await answer.text()
    const cost = /"cost":([\d.]+)/.exec(text)?.[1]
    const isWhole = answer.ok && text.trimEnd().endsWith('data: [DONE]') && cost !== undefined
    return isWhole ? { cost } : { failure: `${answer.status}: ${text.slice(-300)}` }
  } catch (error) {
    return { failure: String(error instanceof Error ? (error.cause ?? error) : error) }
  }
}

async function restartEach(): Promise<void> {
  for (let index = 0; index < nodeCount; index += 1) {
    const node = nodes[index]
    if (node === undefined) continue
    expect(await node.stop(), node.output().slice(-2_000)).toBe(0)
    nodes[index] = await startNode(`node-${index + 1}`)
    await until(() => (ready.length === nodeCount ? true : undefined), {
      timeoutMs: 30_000,
      what: 'all nodes are ready',
    })
  }
}

test(`H-16: ${nodeCount} nodes restarted one after the other under ${streamCount} streams fail no request, and every stream is charged once`, async () => {
  let isOver = false
  const balancing = balance(() => isOver)
  await until(() => (ready.length === nodeCount ? true : undefined), {
    timeoutMs: 30_000,
    what: 'all nodes are ready',
  })
  const failures: string[] = []
  let spent = 0n
  let wholeCount = 0
  let isEnough = false
  const clients = Array.from({ length: streamCount }, async (_, client) => {
    for (let round = 0; !isEnough; round += 1) {
      const stream = await readStream(client + round)
      if ('failure' in stream) return void failures.push(stream.failure)
      wholeCount += 1
      spent += parseDecimal(stream.cost, 9) ?? expect.fail(`${stream.cost} is no amount`)
    }
  })
  await restartEach()
  isEnough = true
  await Promise.all(clients)
  isOver = true
  await balancing
  process.stdout.write(`H-16: ${wholeCount} streams ended whole, ${failures.length} failed\n`)
  expect(failures).toEqual([])
  expect(wholeCount).toBeGreaterThan(streamCount * nodeCount)
  await expectCharged(spent)
}, 300_000)

async function expectCharged(spent: bigint): Promise<void> {
  const [first] = nodes
  if (first === undefined) return expect.fail('there is a node')
  await until(
    async () => {
      const path = `/api/accounts/${first.accountId}/credits`
      const { data } = (await first.operate('GET', path)) as {
        data: { spent: string; held: string }
      }
      return data.held === '0' && parseDecimal(data.spent, 9) === spent ? true : undefined
    },
    { timeoutMs: 30_000, what: 'the books show what the streams said they cost' },
  )
  const verified = await first.operate('POST', '/api/ledger/verify')
  expect(verified).toMatchObject({ data: { balanced: true } })
}
