import { beforeEach, describe, expect, test } from 'vitest'

import type { Account } from '#domain/accounts.ts'
import { parseApiKey } from '#domain/keys.ts'
import { makeControlHarness, type ControlHarness } from '#test/control/control-harness.ts'

import { hashKey } from './hash-key.ts'

let harness: ControlHarness
let account: Account
beforeEach(async () => {
  harness = await makeControlHarness()
  account = await harness.make.account()
})

const create = (body: unknown, id: string = account.id) =>
  harness.call(`POST /api/accounts/${id}/keys`, { body })
const list = async () => (await harness.call(`GET /api/accounts/${account.id}/keys`)).body.data

describe('create a key', () => {
  test('201: the secret is in this answer and nowhere else', async () => {
    const { status, body } = await create({ name: 'laptop' })
    expect(status).toBe(201)
    expect(parseApiKey(body.key)).toMatchObject({ kind: 'inference' })
    expect(body.data).toMatchObject({
      account_id: account.id,
      kind: 'inference',
      name: 'laptop',
      label: `cl_k…${body.key.slice(-4)}`,
      content_mode: null,
      expires_at: null,
      revoked_at: null,
    })
    expect(JSON.stringify(await list())).not.toContain(body.key)
    expect(JSON.stringify(harness.events)).not.toContain(body.key)
  })

  test('201: the store finds it by its hash', async () => {
    const { body } = await create({ name: 'laptop' })
    const found = await harness.parts.apiKeys.findByHash(await hashKey(body.key))
    expect(found?.key.id).toBe(body.data.id)
    expect(found?.account.id).toBe(account.id)
  })

  test('201: it may keep less than the account, and end by itself', async () => {
    const expiresAt = new Date(harness.clock.value + 1).toISOString()
    const { body } = await create({ name: 'x', content_mode: 'none', expires_at: expiresAt })
    expect(body.data).toMatchObject({ content_mode: 'none', expires_at: expiresAt })
  })

  test('201: an operator can have more tokens, and they work', async () => {
    const { body } = await create({ name: 'ci', kind: 'operator' }, harness.operator.id)
    expect(parseApiKey(body.key)?.kind).toBe('operator')
    expect((await harness.call('GET /api/accounts', { token: body.key })).status).toBe(200)
  })

  test('400: nobody makes an operator out of a customer', async () => {
    const { status, body } = await create({ name: 'x', kind: 'operator' })
    expect([status, body.error.param]).toEqual([400, 'kind'])
    expect(await list()).toEqual([])
  })

  test.each([
    {},
    { name: '' },
    { name: 'a'.repeat(101) },
    { name: 'x', key: 'cl_kmine' },
    { name: 'x', content_mode: 'all' },
    { name: 'x', expires_at: 'never' },
    { name: 'x', expires_at: '2001-01-01T00:00:00Z' },
  ])('400: %j', async (body) => {
    expect((await create(body)).status).toBe(400)
    expect(await list()).toEqual([])
  })
})

describe('list keys', () => {
  test('200: newest first, revoked ones included', async () => {
    const first = (await create({ name: 'first' })).body.data
    const second = (await create({ name: 'second' })).body.data
    await harness.call(`POST /api/keys/${first.id}/revoke`)
    const keys = await list()
    expect(keys.map((key: { id: string }) => key.id)).toEqual([second.id, first.id])
    expect(keys[1].revoked_at).not.toBeNull()
  })
})

describe('revoke a key', () => {
  test('200: for good; revoking again changes nothing', async () => {
    const { id } = (await create({ name: 'x' })).body.data
    const first = await harness.call(`POST /api/keys/${id}/revoke`)
    expect(first.body.data.revoked_at).toBe(new Date(harness.clock.value).toISOString())
    harness.clock.value += 60_000
    const second = await harness.call(`POST /api/keys/${id}/revoke`)
    expect(second.body).toEqual(first.body)
  })

  test('409: a token cannot revoke itself', async () => {
    const [own] = await harness.parts.apiKeys.list(harness.operator.id)
    const { status, body } = await harness.call(`POST /api/keys/${own?.id}/revoke`)
    expect([status, body.error.code]).toEqual([409, 'conflict'])
    expect((await harness.call('GET /api/accounts')).status).toBe(200)
  })

  test.each(['key_none', 'nonsense'])('404: %s', async (id) => {
    const { status, body } = await harness.call(`POST /api/keys/${id}/revoke`)
    expect([status, body.error.code]).toEqual([404, 'key_not_found'])
  })
})
