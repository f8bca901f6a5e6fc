import { afterAll, beforeAll, expect, test } from 'vitest'

import type { KeyScope } from '#domain/accounts.ts'
import { noLimits } from '#domain/usage-limits.ts'
import { newProject } from '#ports/projects.conformance.ts'
import { startGatewayWorld, type GatewayWorld } from '#test/gateway/gateway-world.ts'
import {
  answerWith,
  completion,
  startScriptedUpstream,
  type ScriptedUpstream,
} from '#test/gateway/scripted-upstream.ts'

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

const hello = { model: 'test/model', messages: [{ role: 'user', content: 'Hi' }] }

async function call(secret: string, path: string, body?: object) {
  const headers = { authorization: `Bearer ${secret}`, 'content-type': 'application/json' }
  const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
  const response = await fetch(world.url + path, { ...init, headers })
  const answer: ReturnType<typeof JSON.parse> = await response.json()
  return { status: response.status, error: answer.error, body: answer }
}

/** What a key with these scopes gets from each address. */
async function statusesFor(scopes: readonly KeyScope[]) {
  const { secret } = await world.addCustomer({ scopes })
  const statuses: Record<string, number> = {}
  statuses['infer'] = (await call(secret, '/v1/chat/completions', hello)).status
  for (const path of ['key', 'credits', 'generation?id=gen-1764000000-00000000000000000000']) {
    statuses[path.split('?')[0] ?? ''] = (await call(secret, `/v1/${path}`)).status
  }
  return statuses
}

test('a key does what its scopes say, and nothing else; it may always look at itself', async () => {
  const allowed = { infer: 200, key: 200, credits: 200, generation: 404 }
  expect(await statusesFor(['inference', 'read_usage'])).toEqual(allowed)
  const reads = { ...allowed, infer: 403 }
  expect(await statusesFor(['read_usage'])).toEqual(reads)
  const asks = { ...allowed, credits: 403, generation: 403 }
  expect(await statusesFor(['inference'])).toEqual(asks)
  expect(await statusesFor(['manage_keys'])).toEqual({ ...asks, infer: 403 })
})

test('the refusal names the scope that is missing, and nothing was sent or charged', async () => {
  const { secret } = await world.addCustomer({ scopes: ['read_usage'] })
  const received = upstream.received.length
  const { status, error } = await call(secret, '/v1/chat/completions', hello)
  expect([status, error.code, error.metadata.scope]).toEqual([
    ...[403, 'permission_denied', 'inference'],
  ])
  expect(upstream.received).toHaveLength(received)
})

test('a scope that is taken away is gone within the next look at the store', async () => {
  const { secret, keyId } = await world.addCustomer()
  expect((await call(secret, '/v1/chat/completions', hello)).status).toBe(200)
  await world.stores.apiKeys.update(keyId, { scopes: ['read_usage'] })
  const { hashes } = await world.stores.apiKeys.changedSince('0')
  for (const hash of hashes) world.parts.keys.forget(hash)
  expect((await call(secret, '/v1/chat/completions', hello)).status).toBe(403)
})

test('what a project may use limits its keys, and the refusal says that it is the project', async () => {
  const { accountId } = await world.addCustomer()
  const project = newProject(accountId, {
    limits: { ...noLimits, allowedModels: ['other/*'], requestsPerMinute: 100 },
  })
  await world.stores.projects.create(project)
  const { secret, keyId } = await world.addCustomer()
  const before = await world.stores.apiKeys.find(keyId)
  expect(before?.projectId).toBeNull()
  const inside = await world.addKey(accountId, project.id)
  const { status, error } = await call(inside, '/v1/chat/completions', hello)
  expect([status, error.metadata]).toMatchObject([403, { limit_of: 'project' }])
  await world.stores.projects.update(project.id, {
    limits: { ...noLimits, requestsPerMinute: 1 },
  })
  const { hashes } = await world.stores.apiKeys.changedSince('0')
  for (const hash of hashes) world.parts.keys.forget(hash)
  expect((await call(inside, '/v1/chat/completions', hello)).status).toBe(200)
  const second = await world.addKey(accountId, project.id)
  const refused = await call(second, '/v1/chat/completions', hello)
  expect([refused.status, refused.error.metadata]).toMatchObject([429, { limit_of: 'project' }])
  expect((await call(secret, '/v1/chat/completions', hello)).status).toBe(200)
})
