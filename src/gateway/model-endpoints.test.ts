import { afterAll, beforeAll, expect, test } from 'vitest'

import {
  modelCountShape,
  modelEndpointsShape,
  providerListShape,
} from '#contract/model-endpoint-shapes.ts'
import { endpointsAnswer } from '#contract/model-endpoints.ts'
import type { EndpointHealth } from '#domain/traffic/endpoint-health.ts'
import { newGeneration } from '#ports/generations.conformance.ts'
import { StoreUnavailable } from '#ports/store-error.ts'
import { startGatewayWorld, type GatewayWorld } from '#test/gateway/gateway-world.ts'
import {
  answerWith,
  completion,
  startScriptedUpstream,
  type ScriptedUpstream,
} from '#test/gateway/scripted-upstream.ts'

import { createHealthReader } from './endpoint-health.ts'

let upstream: ScriptedUpstream
let world: GatewayWorld

beforeAll(async () => {
  upstream = await startScriptedUpstream(answerWith(200, completion()))
  world = await startGatewayWorld({ providers: [{ baseUrl: upstream.baseUrl }] })
})

afterAll(async () => {
  await world.close()
  await upstream.close()
})

async function get(path: string) {
  const response = await fetch(world.url + path)
  const body: ReturnType<typeof JSON.parse> = await response.json()
  return { status: response.status, body }
}

test('the endpoints of a model are told without a key, with what each costs and how it did', async () => {
  const model = world.parts.catalogue.byName.get('test/model')
  const endpoint = model?.endpoints[0]
  const createdAtMs = Date.now()
  const line = (errorClass: 'timed_out' | null) => {
    const [path] = newGeneration({ createdAtMs }).routingPath
    const tried = {
      ...{ provider: endpoint?.provider.slug ?? '', upstreamModel: endpoint?.upstreamModel ?? '' },
      errorClass,
    }
    const outcome = errorClass === null ? 'completed' : 'upstream_failed'
    return newGeneration({ createdAtMs, outcome, routingPath: path ? [{ ...path, ...tried }] : [] })
  }
  await world.parts.generations.insert([line(null), line(null), line(null), line('timed_out')])
  const { status, body } = await get('/v1/models/test/model/endpoints')
  expect(status).toBe(200)
  const { data } = modelEndpointsShape.parse(body)
  expect(data.id).toBe('test/model')
  expect(data.endpoints).toMatchObject([
    {
      ...{ tag: endpoint?.provider.slug, status: 0, context_length: 100_000 },
      ...{ uptime_last_5m: 75, uptime_last_30m: 75, uptime_last_1d: 75, attempts_last_30m: 4 },
      pricing: { prompt: '0.000001', completion: '0.000002' },
    },
  ])
  const { latency_last_30m: latency, throughput_last_30m: throughput } = data.endpoints[0] ?? {}
  expect(latency?.p50).toBeGreaterThan(0)
  expect(throughput?.p99).toBeGreaterThan(0)
  expect((await get('/api/v1/models/test/model/endpoints')).body.data.id).toBe('test/model')
})

test('an endpoint that nobody tried has no uptime, which is not the same as none', () => {
  const model = world.parts.catalogue.models[0]
  if (model === undefined) expect.fail('there is a model')
  const { data } = modelEndpointsShape.parse(endpointsAnswer(model, () => undefined))
  expect(data.endpoints[0]).toMatchObject({
    ...{ uptime_last_5m: null, latency_last_30m: null, attempts_last_30m: 0, status: 0 },
  })
})

test('404: endpoints of a model that is not there', async () => {
  const { status, body } = await get('/v1/models/test/modell/endpoints')
  expect([status, body.error.code]).toEqual([404, 'model_not_found'])
  expect(body.error.message).toContain('test/model')
})

test('models are counted, and providers are named with what they do with data', async () => {
  expect(modelCountShape.parse((await get('/v1/models/count')).body).data.count).toBe(2)
  const { data } = providerListShape.parse((await get('/v1/providers')).body)
  expect(data.map(({ slug }) => slug)).toContain(
    world.parts.catalogue.models[0]?.endpoints[0]?.provider.slug,
  )
})

test('the board is read seldom, and what was read last is told while the store is away', async () => {
  let nowMs = 0
  let isAway = false
  let reads = 0
  const health = { provider: 'a', upstreamModel: 'b' } as EndpointHealth
  const read = createHealthReader({
    clock: { nowMs: () => nowMs, monotonicMs: () => nowMs },
    usage: {
      endpoints: async () => {
        reads += 1
        if (isAway) throw new StoreUnavailable('away')
        return [health]
      },
    },
  })
  const boards = await Promise.all([read(), read(), read()])
  expect(boards.map(({ size }) => size)).toEqual([1, 1, 1])
  expect(reads).toBe(1)
  nowMs += 29_999
  await read()
  expect(reads).toBe(1)
  isAway = true
  nowMs += 2
  expect((await read()).size).toBe(1)
  expect(reads).toBe(2)
})
