import { hash } from 'node:crypto'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { managedKeyShape } from '#contract/managed-keys.ts'
import { startGatewayWorld, type Customer, type GatewayWorld } from '#test/gateway/gateway-world.ts'
import {
  answerWith,
  completion,
  startScriptedUpstream,
  type ScriptedUpstream,
} from '#test/gateway/scripted-upstream.ts'
import { until } from '#test/server/until.ts'

let upstream: ScriptedUpstream
let world: GatewayWorld
let manager: Customer

beforeAll(async () => {
  upstream = await startScriptedUpstream(answerWith(200, completion()))
  world = await startGatewayWorld({ providers: [{ baseUrl: upstream.baseUrl }] })
  manager = await world.addCustomer({ scopes: ['manage_keys'] })
})

afterAll(async () => {
  await world.close()
  await upstream.close()
})

async function ask(method: string, path: string, body?: unknown, secret = manager.secret) {
  const response = await fetch(world.url + path, {
    method,
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  // A test reads what it expects to be there; a wrong guess fails its assertion.
  const answer: ReturnType<typeof JSON.parse> = await response.json()
  return { status: response.status, headers: response.headers, body: answer }
}

const make = (body: object) => ask('POST', '/v1/keys', body)

describe('a management key', () => {
  test('201: makes a key that works at once, with its limit and its end; the secret is there once', async () => {
    const expiresAt = '2099-01-01T00:00:00.000Z'
    const body = { name: 'ci', limit: 12.5, limit_reset: 'monthly', expires_at: expiresAt }
    const { status, headers, body: made } = await make(body)
    expect(status).toBe(201)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(managedKeyShape.parse(made.data)).toMatchObject({
      ...{ name: 'ci', disabled: false, limit: 12.5, limit_remaining: 12.5, usage: 0 },
      ...{ limit_reset: 'monthly', expires_at: expiresAt, creator_user_id: manager.keyId },
      hash: hash('sha256', made.key, 'hex'),
    })
    const own = await ask('GET', '/v1/key', undefined, made.key)
    expect(own.body.data).toMatchObject({ name: 'ci', limit: 12.5, is_management_key: false })
    const { data } = (await ask('GET', `/v1/keys/${made.data.hash}`)).body
    expect(data).toEqual(made.data)
    expect(JSON.stringify(data)).not.toContain(made.key)
  })

  test('200: lists the keys of its account, newest first, and those deleted when asked', async () => {
    const names = ['a', 'b', 'c']
    const made: { hash: string }[] = []
    for (const name of names) made.push((await make({ name })).body.data)
    const listed = async (query = '') => (await ask('GET', `/v1/keys${query}`)).body.data
    const hashesOf = (keys: readonly { hash: string }[]) => keys.map((key) => key.hash)
    expect(hashesOf(await listed()).slice(0, 3)).toEqual(hashesOf(made).toReversed())
    expect(await ask('DELETE', `/v1/keys/${made[1]?.hash}`)).toMatchObject({
      status: 200,
      body: { deleted: true },
    })
    expect(hashesOf(await listed())).not.toContain(made[1]?.hash)
    const all = await listed('?include_disabled=true')
    expect(all.find((key: { hash: string }) => key.hash === made[1]?.hash).disabled).toBe(true)
    expect(hashesOf(await listed('?offset=1'))).toEqual(hashesOf(await listed()).slice(1))
    expect((await ask('GET', '/v1/keys?offset=x')).status).toBe(400)
  })

  test('200: a deleted key is refused within five seconds', async () => {
    const { key, data } = (await make({ name: 'gone' })).body
    expect((await ask('GET', '/v1/key', undefined, key)).status).toBe(200)
    await ask('DELETE', `/v1/keys/${data.hash}`)
    await until(
      async () =>
        (await ask('GET', '/v1/key', undefined, key)).body.error?.code === 'revoked_api_key',
      { timeoutMs: 5_000, what: 'the key is refused' },
    )
  })

  test('200: changes what is given, and nothing else', async () => {
    const { hash: id } = (await make({ name: 'k', limit: 5, limit_reset: 'daily' })).body.data
    const change = async (body: object) => (await ask('PATCH', `/v1/keys/${id}`, body)).body.data
    expect(await change({ name: 'other' })).toMatchObject({ name: 'other', limit: 5 })
    expect(await change({ limit: 7 })).toMatchObject({ limit: 7, limit_reset: 'daily' })
    expect(await change({ limit_reset: 'weekly' })).toMatchObject({
      limit: 7,
      limit_reset: 'weekly',
    })
    expect(await change({ limit_reset: null })).toMatchObject({ limit: 7, limit_reset: null })
    expect(await change({ limit: null })).toMatchObject({ limit: null, limit_reset: null })
    expect(await change({ disabled: false })).toMatchObject({ disabled: false, name: 'other' })
  })

  test('opens no model, and a usual key opens no keys', async () => {
    const body = { model: 'test/model', messages: [{ role: 'user', content: 'x' }] }
    const chat = await ask('POST', '/v1/chat/completions', body)
    expect([chat.status, chat.body.error.code]).toEqual([403, 'permission_denied'])
    for (const [method, path] of [
      ['GET', '/v1/keys'],
      ['POST', '/v1/keys'],
      ['GET', `/v1/keys/${'0'.repeat(64)}`],
      ['PATCH', `/v1/keys/${'0'.repeat(64)}`],
      ['DELETE', `/v1/keys/${'0'.repeat(64)}`],
    ] as const) {
      const answer = await ask(
        method,
        path,
        method === 'GET' ? undefined : {},
        world.customer.secret,
      )
      expect([answer.status, answer.body.error.message]).toEqual([
        403,
        expect.stringContaining('Only management keys'),
      ])
    }
  })

  test('404: keys of other accounts are not there, whatever is asked of them', async () => {
    const theirs = hash('sha256', world.customer.secret, 'hex')
    for (const id of [theirs, '0'.repeat(64), 'nonsense']) {
      expect((await ask('GET', `/v1/keys/${id}`)).body.error.code).toBe('key_not_found')
      expect((await ask('PATCH', `/v1/keys/${id}`, { name: 'x' })).status).toBe(404)
      expect((await ask('DELETE', `/v1/keys/${id}`)).status).toBe(404)
    }
    expect((await ask('GET', '/v1/key', undefined, world.customer.secret)).status).toBe(200)
  })

  test.each([
    [{}, 'name'],
    [{ name: '' }, 'name'],
    [{ name: 'a\r\nb' }, 'name'],
    [{ name: 'x'.repeat(101) }, 'name'],
    [{ name: 'k', limit: -1 }, 'limit'],
    [{ name: 'k', limit: 0.0000000001 }, 'limit'],
    [{ name: 'k', limit: '5' }, 'limit'],
    [{ name: 'k', limit_reset: 'hourly' }, 'limit_reset'],
    [{ name: 'k', expires_at: '2001-01-01T00:00:00Z' }, 'expires_at'],
    [{ name: 'k', expires_at: 'tomorrow' }, 'expires_at'],
  ])('400: %j', async (body, param) => {
    const answer = await make(body)
    expect([answer.status, answer.body.error.param]).toEqual([400, param])
  })

  test('400: a key is not switched off for a while, and the way to do it for good is named', async () => {
    const { hash: id } = (await make({ name: 'k' })).body.data
    const { status, body } = await ask('PATCH', `/v1/keys/${id}`, { disabled: true })
    expect([status, body.error.param]).toEqual([400, 'disabled'])
    expect(body.error.message).toContain('DELETE')
  })

  test('is answered under /api/v1 as well; other methods are refused', async () => {
    expect((await ask('GET', '/api/v1/keys')).status).toBe(200)
    expect((await ask('PUT', '/v1/keys', {})).status).toBe(405)
  })
})
