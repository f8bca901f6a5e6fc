import { beforeEach, describe, expect, test } from 'vitest'

import type { Account } from '#domain/accounts.ts'
import type { KeyId } from '#domain/identifiers.ts'
import { makeControlHarness, type ControlHarness } from '#test/control/control-harness.ts'

import { hashKey } from './hash-key.ts'

let harness: ControlHarness
let account: Account
beforeEach(async () => {
  harness = await makeControlHarness()
  account = await harness.make.account()
})

const create = async (body: object = {}) =>
  (await harness.call(`POST /api/accounts/${account.id}/keys`, { body: { name: 'k', ...body } }))
    .body
const pathOf = (id: string, of: string = account.id) => `/api/accounts/${of}/keys/${id}`
const found = async (secret: string) => harness.parts.apiKeys.findByHash(await hashKey(secret))

describe('what a key may do', () => {
  test('201: an API key asks and reads, unless it is told otherwise', async () => {
    expect((await create()).data.scopes).toEqual(['inference', 'read_usage'])
    const { data } = await create({ scopes: ['manage_keys', 'read_usage'] })
    expect(data.scopes).toEqual(['read_usage', 'manage_keys'])
    expect(data.created_by).toMatch(/^key_/)
    expect(data.last_used_at).toBeNull()
  })

  test.each([[[]], [['everything']], ['inference']])('400: scopes %j', async (scopes) => {
    expect((await create({ scopes })).error.param).toMatch(/^scopes/)
  })

  test('400: an operator token has no scopes', async () => {
    const { status, body } = await harness.call(`POST /api/accounts/${harness.operator.id}/keys`, {
      body: { name: 'x', kind: 'operator', scopes: ['inference'] },
    })
    expect([status, body.error.param]).toEqual([400, 'scopes'])
  })
})

describe('show and change a key of an account', () => {
  test('200: members that are given change, the others stay', async () => {
    const { data } = await create({ limits: { spend: { day: '5' } } })
    const body = { name: 'ci', scopes: ['read_usage'], content_mode: 'none' }
    const changed = await harness.call(`PATCH ${pathOf(data.id)}`, { body })
    expect(changed.status).toBe(200)
    expect(changed.body.data).toMatchObject({ ...body, limits: { spend: { day: '5' } } })
    const expiresAt = new Date(harness.clock.value + 60_000).toISOString()
    await harness.call(`PATCH ${pathOf(data.id)}`, { body: { expires_at: expiresAt } })
    const shown = (await harness.call(`GET ${pathOf(data.id)}`)).body.data
    expect(shown).toMatchObject({ ...body, expires_at: expiresAt, spent: { total: '0' } })
  })

  test('200: when it was last used', async () => {
    const { data } = await create()
    const line = harness.make.generation(account.id, { keyId: data.id as KeyId })
    await harness.generations.insert([line])
    const lastUsed = new Date(line.createdAtMs).toISOString()
    expect((await harness.call(`GET ${pathOf(data.id)}`)).body.data.last_used_at).toBe(lastUsed)
    const [listed] = (await harness.call(`GET /api/accounts/${account.id}/keys`)).body.data
    expect(listed.last_used_at).toBe(lastUsed)
  })

  test.each([
    {},
    { scopes: [] },
    { name: '' },
    { project_id: null },
    { kind: 'operator' },
    { expires_at: '2001-01-01T00:00:00.000Z' },
  ])('400: %j', async (body) => {
    const { data } = await create()
    expect((await harness.call(`PATCH ${pathOf(data.id)}`, { body })).status).toBe(400)
  })
})

describe('rotate a key', () => {
  const rotate = (id: string, body: object = {}) =>
    harness.call(`POST ${pathOf(id)}/rotate`, { body })

  test('201: the new secret is shown once, the old one works for as long as asked', async () => {
    const { data, key: old } = await create()
    const { status, body } = await rotate(data.id, { grace_seconds: 60 })
    expect(status).toBe(201)
    expect(body.key).not.toBe(old)
    expect(body.data).toMatchObject({ id: data.id, label: `cl_k…${body.key.slice(-4)}` })
    const end = new Date(harness.clock.value + 60_000)
    expect(body.data.old_secrets_end_at).toBe(end.toISOString())
    expect((await found(body.key))?.key.expiresAt).toBeNull()
    expect((await found(old))?.key.expiresAt).toEqual(end)
    const shown = await harness.call(`GET ${pathOf(data.id)}`)
    expect(JSON.stringify(shown.body) + JSON.stringify(harness.events)).not.toContain(body.key)
  })

  test('201: without grace the old secret ends at once', async () => {
    const { data, key: old } = await create()
    await rotate(data.id, { grace_seconds: 0 })
    expect((await found(old))?.key.expiresAt).toEqual(new Date(harness.clock.value))
  })

  test.each([{ grace_seconds: -1 }, { grace_seconds: 3_000_000 }, { grace_seconds: 1.5 }])(
    '400: %j',
    async (body) => {
      expect((await rotate((await create()).data.id, body)).status).toBe(400)
    },
  )

  test('409: a revoked key gets no new secret', async () => {
    const { data } = await create()
    await harness.call(`POST ${pathOf(data.id)}/revoke`)
    expect((await rotate(data.id)).body.error.code).toBe('conflict')
  })
})

test('404: another account’s key is not there, whatever is asked of it', async () => {
  const { data, key } = await create()
  const other = await harness.make.account()
  for (const path of [pathOf(data.id, other.id), pathOf('key_none'), pathOf('nonsense')]) {
    for (const [target, body] of [
      [`GET ${path}`, undefined],
      [`PATCH ${path}`, { name: 'stolen' }],
      [`POST ${path}/rotate`, {}],
      [`POST ${path}/revoke`, undefined],
    ] as const) {
      const { status, body: answer } = await harness.call(target, { body })
      expect([status, answer.error.code], target).toEqual([404, 'key_not_found'])
    }
  }
  expect((await found(key))?.key).toMatchObject({ name: 'k', revokedAt: null })
})
