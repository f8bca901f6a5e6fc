import { beforeEach, describe, expect, test } from 'vitest'

import type { Route } from '#contract/route.ts'
import { controlRoutes } from '#contract/routes.ts'
import { makeControlHarness, type ControlHarness } from '#test/control/control-harness.ts'
import { signIn } from '#test/control/people.ts'

import { versionOf } from './version.ts'

let harness: ControlHarness
beforeEach(async () => {
  harness = await makeControlHarness()
})

describe('a change with If-Match', () => {
  const change = (token: string, etag: string, display_name: string) =>
    harness.call('PATCH /api/me', { token, body: { display_name }, headers: { 'if-match': etag } })

  test('is made to the version that was seen; a stale one is 412 and changes nothing', async () => {
    const { token } = await signIn(harness)
    const seen = (await harness.call('GET /api/me', { token })).headers.get('etag') ?? ''
    expect(seen).toMatch(/^"[0-9a-f]{24}"$/)
    expect((await change(token, seen, 'Ada')).status).toBe(200)
    const stale = await change(token, seen, 'Eve')
    expect([stale.status, stale.body.error.code]).toEqual([412, 'precondition_failed'])
    expect((await harness.call('GET /api/me', { token })).body.data.display_name).toBe('Ada')
    expect((await change(token, `"other", *`, 'Ada')).status).toBe(200)
  })

  test('what moves by itself makes no new version', async () => {
    const route: Route = controlRoutes.showAccount
    const version = (name: string, spent: string) =>
      versionOf(route, { data: { display_name: name, spent: { day: spent } } })
    expect(await version('Ada', '1')).toBe(await version('Ada', '2'))
    expect(await version('Ada', '1')).not.toBe(await version('Eve', '1'))
  })

  test('of something that nothing shows is refused', async () => {
    const { token } = await signIn(harness)
    const headers = { 'if-match': '"x"' }
    const answer = await harness.call('PATCH /api/me/passkeys/pk_1', {
      ...{ token, headers },
      body: { name: 'x' },
    })
    expect(answer.status).toBe(412)
  })
})

describe('a change with an Idempotency-Key', () => {
  const create = (key: string, display_name = 'Ada', token = harness.token) =>
    harness.call('POST /api/accounts', {
      ...{ token, body: { display_name } },
      headers: { 'idempotency-key': key },
    })
  const count = async () =>
    (await harness.parts.accounts.list({ limit: 100, after: null })).accounts.length

  test('is carried out once, and answered the same again', async () => {
    const before = await count()
    const first = await create('a')
    const again = await create('a')
    expect(again.body).toEqual(first.body)
    expect([first, again].map(({ headers }) => headers.get('idempotent-replayed'))).toEqual([
      null,
      'true',
    ])
    expect(await count()).toBe(before + 1)
    harness.clock.value += 24 * 3_600_000
    expect((await create('a')).body.data.id).not.toBe(first.body.data.id)
  })

  test('the secret of a new key comes again, and is nowhere in the store', async () => {
    const account = await harness.make.account()
    const kept: unknown[] = []
    const { answers } = harness.parts
    const { keep } = answers
    Object.assign(answers, {
      keep: (answer: Parameters<typeof keep>[0]) => {
        kept.push(Buffer.from(answer.sealed).toString('latin1'))
        return keep(answer)
      },
    })
    const call = () =>
      harness.call(`POST /api/accounts/${account.id}/keys`, {
        body: { name: 'laptop' },
        headers: { 'idempotency-key': 'k' },
      })
    const first = await call()
    expect((await call()).body.key).toBe(first.body.key)
    expect(await harness.parts.apiKeys.list(account.id)).toHaveLength(1)
    expect(kept).toHaveLength(1)
    expect(JSON.stringify(kept)).not.toContain(first.body.key)
  })

  test('of twenty at once, one is carried out; the others wait or are given its answer', async () => {
    const before = await count()
    const answers = await Promise.all(Array.from({ length: 20 }, () => create('b')))
    expect(await count()).toBe(before + 1)
    for (const { status } of answers) expect([201, 409]).toContain(status)
  })

  test('another request with the same key is refused; another’s key is another key', async () => {
    await create('c')
    const other = await create('c', 'Eve')
    expect([other.status, other.body.error.code]).toEqual([409, 'idempotency_key_reused'])
    const token = await harness.make.key(harness.operator.id, 'operator')
    expect((await create('c', 'Eve', token)).status).toBe(201)
  })

  test('what was refused is not kept', async () => {
    expect((await create('d', '')).status).toBe(400)
    expect((await create('d')).status).toBe(201)
  })

  test.each(['', 'with space', 'x'.repeat(256), 'é'])('400: the key %j', async (key) => {
    expect((await create(key)).status).toBe(400)
  })
})
