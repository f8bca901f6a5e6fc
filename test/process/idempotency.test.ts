import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, test } from 'vitest'

import { freePort } from '#test/server/free-port.ts'
import { until } from '#test/server/until.ts'

import { firstRunIn, start, untilReady, type Started } from './product.ts'

let dataFolder: string
let url: string
let port: number
const started: Started[] = []

beforeEach(async () => {
  dataFolder = mkdtempSync(join(tmpdir(), 'codelace-idempotency-'))
  port = await freePort()
  url = `http://127.0.0.1:${port}`
})
afterEach(async () => {
  for (const { child, ended } of started.splice(0)) {
    child.kill('SIGKILL')
    await ended
  }
  rmSync(dataFolder, { recursive: true, force: true })
})

async function serve(): Promise<Started> {
  const environment = { PORT: String(port), CODELACE_DATA: dataFolder }
  const server = start('main', { environment })
  started.push(server)
  await untilReady(url, server)
  return server
}

function send(key: string, body: object): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${firstRunIn(dataFolder).api_key}`,
      'content-type': 'application/json',
      'idempotency-key': key,
    },
    body: JSON.stringify({ messages: [{ role: 'user', content: 'Hello, world!' }], ...body }),
  })
}

async function ask(key: string, body: object) {
  const answer = await send(key, body)
  return {
    status: answer.status,
    id: answer.headers.get('x-generation-id'),
    replayed: answer.headers.get('idempotency-replayed'),
    text: await answer.text(),
  }
}

async function spent(): Promise<unknown> {
  const { operator_token, account_id } = firstRunIn(dataFolder)
  const answer = await fetch(`${url}/api/accounts/${account_id}/credits`, {
    headers: { authorization: `Bearer ${operator_token}` },
  })
  const { data } = (await answer.json()) as { data: { spent: string } }
  return data.spent
}

const whole = { model: 'sim/echo' }
const streamed = { model: 'sim/stream', stream: true, sim: { chunks: 20, chunkDelayMs: 0 } }

test('after a restart, answers are given again byte for byte and charged no second time', async () => {
  const first = await serve()
  const answers = [await ask('whole', whole), await ask('streamed', streamed)]
  expect(answers).toMatchObject([{ status: 200 }, { status: 200 }])
  first.child.kill('SIGTERM')
  expect((await first.ended).exitCode).toBe(0)

  await serve()
  const before = await spent()
  const again = [await ask('whole', whole), await ask('streamed', streamed)]
  for (const [index, answer] of again.entries()) {
    expect(answer).toEqual({ ...answers[index], replayed: 'true' })
  }
  expect(await ask('whole', streamed)).toMatchObject({ status: 409 })
  expect(await spent()).toBe(before)
}, 120_000)

test('a node that was killed in the middle of an answer frees its key at its next start', async () => {
  const first = await serve()
  const slow = { ...streamed, sim: { chunks: 500, chunkDelayMs: 50 } }
  const answer = await send('killed', slow)
  const broken = answer.text().catch(() => 'broken')
  first.child.kill('SIGKILL')
  await first.ended
  expect(await broken).toBe('broken')

  await serve()
  const again = await send('killed', slow)
  expect(again.status).toBe(200)
  expect(again.headers.get('idempotency-replayed')).toBeNull()
  await again.body?.cancel()
}, 120_000)

test('a client that left finds its answer when it asks again', async () => {
  await serve()
  const body = { ...streamed, sim: { chunks: 40, chunkDelayMs: 25 } }
  const left = await send('left', body)
  const id = left.headers.get('x-generation-id')
  await left.body?.cancel()
  const again = await ask('left', body)
  expect(again).toMatchObject({ status: 200, id, replayed: 'true' })
  expect(again.text.trimEnd().endsWith('data: [DONE]')).toBe(true)
  const cost = await until(
    async () => {
      const amount = await spent()
      return amount === '0' ? undefined : amount
    },
    { timeoutMs: 5_000, what: 'the charge is settled' },
  )
  await ask('left', body)
  expect(await spent()).toBe(cost)
}, 120_000)
