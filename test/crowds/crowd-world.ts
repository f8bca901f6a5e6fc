import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'

import { assert } from '#domain/faults.ts'
import { makeDatabase } from '#test/database/database-fixture.ts'
import { type RunningServer, startServer } from '#test/server/running-server.ts'
import { until } from '#test/server/until.ts'

import { type CrowdUpstream, startCrowdUpstream } from './crowd-upstream.ts'

/** The long form has the size and the times of the criteria; the short one is for every run of the tests. */
export const isLong = process.env['CODELACE_CROWDS'] === 'long'

/** The server with a provider that can be fast, silent or usual, and an account with plenty of credit. */
export interface CrowdWorld {
  readonly server: RunningServer
  readonly upstream: CrowdUpstream
  readonly close: () => Promise<void>
}

/** On SIGUSR2 the server under test writes what keeps its event loop busy, by kind. */
const countOnSignal = `process.on('SIGUSR2', () => {
  const counts = {}
  for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1
  console.error('resources ' + JSON.stringify(counts))
})`

/** Starts one. Whole requests go to `crowd/whole`; streams to `crowd/fast` or `crowd/silent`. */
export async function startCrowdWorld(): Promise<CrowdWorld> {
  const upstream = await startCrowdUpstream()
  const database = await makeDatabase('server')
  const server = await startServer({
    environment: {
      DATABASE_URL: database.url ?? '',
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(countOnSignal)}`,
      CODELACE_MASTER_KEY: randomBytes(32).toString('base64'),
    },
    config: {
      providers: [{ slug: 'crowd', baseUrl: upstream.baseUrl }],
      models: ['whole', 'fast', 'silent'].map((name) => ({
        id: `crowd/${name}`,
        contextLength: 1_000_000,
        maxOutput: 1_000_000,
        endpoints: [
          {
            provider: 'crowd',
            upstreamModel: name,
            prices: { prompt: '0.001', completion: '0.001' },
          },
        ],
      })),
    },
  })
  await server.operate('POST', `/api/accounts/${server.accountId}/grants`, {
    amount: '100000',
    kind: 'paid',
    effect_key: 'crowd',
  })
  return {
    server,
    upstream,
    close: async () => {
      await server.stop()
      await upstream.close()
      await database.drop()
    },
  }
}

/** The bytes of a chat request for one of the models. */
export function requestBytes({ server }: CrowdWorld, model: 'whole' | 'fast' | 'silent'): string {
  const messages = [{ role: 'user', content: 'Hi' }]
  const body = JSON.stringify({ model: `crowd/${model}`, messages, stream: model !== 'whole' })
  return `${requestHead(server, body.length)}${body}`
}

/** The head of a chat request with a body of this length, and the empty line after it. */
export function requestHead({ apiKey }: RunningServer, bodyBytes: number): string {
  return [
    'POST /v1/chat/completions HTTP/1.1',
    'Host: localhost',
    `Authorization: Bearer ${apiKey}`,
    'Content-Type: application/json',
    `Content-Length: ${bodyBytes}`,
    '',
    '',
  ].join('\r\n')
}

/** Connects this many sockets, some at a time: nobody's queue of new connections overflows. */
export async function connectMany({ server }: CrowdWorld, count: number): Promise<Socket[]> {
  const port = Number(new URL(server.url).port)
  const sockets: Socket[] = []
  const connectSome = async (): Promise<void> => {
    while (sockets.length < count) {
      const socket = connect({ port, host: '127.0.0.1' })
      sockets.push(socket)
      await new Promise<void>((resolve, reject) => {
        socket.once('connect', () => resolve())
        socket.once('error', reject)
      })
      socket.on('error', () => undefined)
    }
  }
  await Promise.all(Array.from({ length: 50 }, connectSome))
  return sockets
}

/** Memory of the server under test that is resident, in MB. */
export function residentMb({ server }: CrowdWorld): number {
  const status = readFileSync(`/proc/${server.pid}/status`, 'latin1')
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]
  assert(kilobytes, 'the status of a process says how much memory it has')
  return Number(kilobytes) / 1024
}

/** How many files and sockets the server under test has open. */
export function openFileCount({ server }: CrowdWorld): number {
  return readdirSync(`/proc/${server.pid}/fd`).length
}

/** What keeps the event loop of the server under test busy, by kind, asked of itself. */
export async function activeResources({
  server,
}: CrowdWorld): Promise<Readonly<Record<string, number>>> {
  const linesBefore = resourceLines(server).length
  process.kill(server.pid, 'SIGUSR2')
  return until(
    () => {
      const line = resourceLines(server)[linesBefore]
      return line === undefined ? undefined : (JSON.parse(line) as Record<string, number>)
    },
    { timeoutMs: 10_000, what: 'the server counts its resources' },
  )
}

function resourceLines(server: RunningServer): readonly string[] {
  return [...server.output().matchAll(/^resources (\{.*\})$/gm)].map((match) => match[1] ?? '')
}

/** Nothing is held any more, and every balance follows from its entries. */
export async function expectBooksInOrder({ server }: CrowdWorld): Promise<void> {
  await until(
    async () => {
      const path = `/api/accounts/${server.accountId}/credits`
      const { data } = (await server.operate('GET', path)) as { data: { held: string } }
      return data.held === '0' ? true : undefined
    },
    { timeoutMs: 30_000, what: 'nothing is held' },
  )
  const verified = await server.operate('POST', '/api/ledger/verify')
  const { data } = verified as { data: { balanced: boolean } }
  assert(data.balanced, `the ledger is out of balance: ${JSON.stringify(verified)}`)
}

/** The value that this share of all samples does not exceed. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((left, right) => left - right)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/** A figure for whoever reads the run. */
export function report(line: string): void {
  process.stdout.write(`${line}\n`)
}

/** How many files and sockets a process of this machine may have open. */
export function openFileCountMax(): number {
  const most = /^Max open files\s+\d+\s+(\d+|unlimited)/m.exec(
    readFileSync('/proc/self/limits', 'latin1'),
  )?.[1]
  assert(most, 'a process is told how many files it may open')
  return most === 'unlimited' ? Infinity : Number(most)
}

/** Lets real time pass: what is tested here is what happens to a crowd in it. */
export function pass(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs))
}
