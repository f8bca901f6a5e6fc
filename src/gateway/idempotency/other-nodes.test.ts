import { randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'

import { makeMemoryIdempotencyStore } from '#adapters/memory/idempotency.ts'
import { makeNodeId, type NodeId } from '#domain/identifiers.ts'
import { createGateway } from '#gateway/serve.ts'
import type { IdempotencyStore } from '#ports/idempotency.ts'
import { StoreUnavailable } from '#ports/store-error.ts'
import { startGatewayWorld, type GatewayWorld } from '#test/gateway/gateway-world.ts'
import { askWithKey, codeOf, gatedStream, type AskOptions } from '#test/gateway/key-client.ts'
import {
  answerWith,
  completion,
  startScriptedUpstream,
  streamOf,
  usualStream,
  type ScriptedUpstream,
} from '#test/gateway/scripted-upstream.ts'
import { until } from '#test/server/until.ts'

let upstream: ScriptedUpstream
let world: GatewayWorld
let store: IdempotencyStore
let isStoreDown = false
const nodes: Server[] = []
const nodeId = makeNodeId(randomBytes)
const other = makeNodeId(randomBytes)

beforeAll(async () => {
  upstream = await startScriptedUpstream(answerWith(200, completion()))
  const memory = makeMemoryIdempotencyStore(Date.now)
  store = {
    ...memory,
    claim: async (claim) => {
      if (isStoreDown) throw new StoreUnavailable('down')
      return memory.claim(claim)
    },
  }
  world = await startGatewayWorld({
    providers: [{ baseUrl: upstream.baseUrl }],
    contentMode: 'full',
    idempotency: { store, nodeId },
  })
})

beforeEach(() => {
  isStoreDown = false
  upstream.script = answerWith(200, completion())
  upstream.received.length = 0
})

afterAll(async () => {
  for (const node of nodes) {
    node.closeAllConnections()
    node.close()
  }
  await world.close()
  await upstream.close()
})

const hello = { model: 'test/model', messages: [{ role: 'user', content: 'Hi' }] }
const streamed = { ...hello, stream: true }
let keyCount = 0
const newKey = () => `key-${(keyCount += 1)}`
const bound = { timeoutMs: 5_000 }

const ask = (key: string, body: unknown, options?: AskOptions) =>
  askWithKey(world, { key, body }, options)

/** Another process with the same database, price list and vault; its memory is empty. */
async function startNode(id: NodeId): Promise<string> {
  const gateway = createGateway({ ...world.parts, idempotency: { store, nodeId: id } })
  const server = createServer(gateway.handle)
  nodes.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('other nodes and later lives of this one give the answer that the store has, byte for byte', async () => {
  for (const body of [hello, streamed]) {
    upstream.script = body === hello ? answerWith(200, completion()) : streamOf(usualStream(['a']))
    upstream.received.length = 0
    const key = newKey()
    const first = await ask(key, body)
    expect(await world.gateway.flushAnswers(5_000)).toBe(true)
    for (const url of [await startNode(nodeId), await startNode(other)]) {
      const again = await ask(key, body, { url })
      expect(again).toMatchObject({ status: 200, isReplay: true, id: first.id, text: first.text })
      expect(again.headers.get('content-type')).toBe(first.headers.get('content-type'))
      expect(codeOf(await ask(key, { ...body, temperature: 1 }, { url }))).toBe(
        'idempotency_key_reused',
      )
    }
    expect(upstream.received).toHaveLength(1)
  }
})

test('other nodes do not run what another node is running: the client is told when to come back', async () => {
  const gated = gatedStream(upstream, 3)
  const key = newKey()
  const first = ask(key, streamed)
  await until(() => (upstream.received.length > 0 ? true : undefined), {
    ...bound,
    what: 'asked',
  })
  const url = await startNode(other)
  const refused = await ask(key, streamed, { url })
  expect(refused.status).toBe(409)
  expect(codeOf(refused)).toBe('idempotency_key_in_use')
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  gated.open()
  const whole = await first
  await world.gateway.flushAnswers(5_000)
  expect(await ask(key, streamed, { url })).toMatchObject({ isReplay: true, text: whole.text })
  expect(upstream.received).toHaveLength(1)
})

test('a later life says so when the answer was not written down because content may not be', async () => {
  const key = newKey()
  const options = { headers: { 'x-codelace-log': 'metadata' } }
  const first = await ask(key, hello, options)
  expect(await ask(key, hello, options)).toMatchObject({ isReplay: true, text: first.text })
  await world.gateway.flushAnswers(5_000)
  const refused = await ask(key, hello, { ...options, url: await startNode(nodeId) })
  expect(refused.status).toBe(409)
  expect(codeOf(refused)).toBe('idempotent_answer_not_kept')
  expect(refused.text).toContain(first.id)
  expect(upstream.received).toHaveLength(1)
})

test('a store that is down leaves the promise to memory', async () => {
  isStoreDown = true
  const key = newKey()
  const first = await ask(key, hello)
  expect(first.status).toBe(200)
  expect(await ask(key, hello)).toMatchObject({ isReplay: true, text: first.text })
  expect(upstream.received).toHaveLength(1)
})
