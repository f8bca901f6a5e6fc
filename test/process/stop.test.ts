import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { freePort } from '#test/server/free-port.ts'
import { until } from '#test/server/until.ts'

import { firstRunIn, start, untilReady, type Environment, type Started } from './product.ts'

let dataFolder: string
let url: string
let environment: Environment
const started: Started[] = []

beforeEach(async () => {
  dataFolder = mkdtempSync(join(tmpdir(), 'codelace-stop-'))
  const port = await freePort()
  url = `http://127.0.0.1:${port}`
  environment = { PORT: String(port), CODELACE_DATA: dataFolder }
})
afterEach(async () => {
  for (const { child, ended } of started.splice(0)) {
    child.kill('SIGKILL')
    await ended
  }
  rmSync(dataFolder, { recursive: true, force: true })
})

async function serve(more: Environment = {}): Promise<Started> {
  const server = start('main', { environment: { ...environment, ...more } })
  started.push(server)
  await untilReady(url, server)
  return server
}

/** Begins a stream of so many pieces, 50 ms apart, and returns its text as it grows. */
async function beginStream(chunks: number) {
  const answer = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${firstRunIn(dataFolder).api_key}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({
      model: 'sim/stream',
      stream: true,
      messages: [{ role: 'user', content: 'Hi' }],
      sim: { chunks, chunkDelayMs: 50 },
    }),
  })
  let text = ''
  const whole = (async () => {
    for await (const piece of answer.body ?? []) text += Buffer.from(piece).toString()
    return text
  })()
  const soFar = () => text
  await until(() => (text.includes('data: ') ? true : undefined), {
    timeoutMs: 10_000,
    what: 'the stream has begun',
  })
  return { whole, text: soFar, id: answer.headers.get('x-generation-id') ?? '' }
}

const asOperator = async (path: string) => {
  const token = firstRunIn(dataFolder).operator_token
  const answer = await fetch(url + path, { headers: { authorization: `Bearer ${token}` } })
  return (await answer.json()) as { data: Record<string, unknown> }
}

const statusOf = (path: string) =>
  fetch(url + path).then(
    (answer) => answer.status,
    () => 'refused',
  )

describe('SIGTERM', () => {
  test('not ready at once; still listening; the stream under way ends whole; exit code 0', async () => {
    const server = await serve({ CODELACE_STOP_DELAY_SECONDS: '2' })
    const stream = await beginStream(60)
    server.child.kill('SIGTERM')
    await until(async () => ((await statusOf('/readyz')) === 503 ? true : undefined), {
      timeoutMs: 1_000,
      what: 'the server says that it is not ready',
    })
    expect(await statusOf('/healthz')).toBe(200)
    expect(await statusOf('/v1/models')).toBe(200)
    const text = await stream.whole
    expect(text).toContain('"usage"')
    expect(text.trimEnd().endsWith('data: [DONE]')).toBe(true)
    const { exitCode, err } = await server.ended
    expect(exitCode).toBe(0)
    expect(err).not.toContain('left_in_journal')
    expect(await statusOf('/healthz')).toBe('refused')

    await serve()
    const { data } = await asOperator(`/api/generations/${stream.id}`)
    expect(data).toMatchObject({ outcome: 'completed', usage_source: 'upstream' })
    const credits = await asOperator(`/api/accounts/${firstRunIn(dataFolder).account_id}/credits`)
    expect(credits.data).toMatchObject({ held: '0', spent: data['cost'] })
  }, 120_000)

  test('a kept connection that is idle does not hold up the end', async () => {
    const server = await serve()
    expect(await statusOf('/healthz')).toBe(200)
    const askedAtMs = performance.now()
    server.child.kill('SIGTERM')
    expect((await server.ended).exitCode).toBe(0)
    expect(performance.now() - askedAtMs).toBeLessThan(10_000)
  }, 60_000)

  test.each([
    ['the drain limit', { CODELACE_DRAIN_SECONDS: '1' }, false],
    ['a second SIGTERM', {}, true],
  ])(
    'a stream that outlasts %s ends with an error and is charged for what it gave',
    async (_, more, twice) => {
      const server = await serve(more)
      const stream = await beginStream(2000)
      server.child.kill('SIGTERM')
      if (twice) {
        await until(() => (server.err().includes('"stopping"') ? true : undefined), {
          timeoutMs: 5_000,
          what: 'the first signal was heard',
        })
        server.child.kill('SIGTERM')
      }
      const text = await stream.whole
      expect(text).not.toContain('[DONE]')
      expect(text).toContain('"code":"service_unavailable"')
      expect((await server.ended).exitCode).toBe(0)

      await serve()
      const { data } = await asOperator(`/api/generations/${stream.id}`)
      expect(Number(data['cost'])).toBeGreaterThan(0)
      const verified = await fetch(`${url}/api/ledger/verify`, {
        method: 'POST',
        headers: { authorization: `Bearer ${firstRunIn(dataFolder).operator_token}` },
      })
      expect(await verified.json()).toMatchObject({ data: { balanced: true } })
    },
    120_000,
  )
})

describe('an error that nobody caught', () => {
  test('is logged, the process drains and ends with 1, and the next start finds everything in order', async () => {
    const crash = "process.on('SIGUSR2', () => { throw new TypeError('a planted crash') })"
    const server = await serve({
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(crash)}`,
    })
    const stream = await beginStream(20)
    server.child.kill('SIGUSR2')
    expect(await stream.whole).toContain('[DONE]')
    const { exitCode, err } = await server.ended
    expect(exitCode).toBe(1)
    const line = err.split('\n').find((one) => one.includes('"event":"crashed"')) ?? '{}'
    expect(JSON.parse(line)).toMatchObject({
      level: 'alarm',
      error: { name: 'TypeError', message: 'a planted crash' },
    })
    const next = await serve()
    expect((await asOperator(`/api/generations/${stream.id}`)).data).toMatchObject({
      outcome: 'completed',
    })
    expect(next.err()).not.toContain('orphans_settled')
  }, 120_000)
})
