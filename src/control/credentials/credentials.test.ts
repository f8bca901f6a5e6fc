import { beforeEach, describe, expect, test } from 'vitest'

import { makeControlHarness, type ControlHarness } from '#test/control/control-harness.ts'
import { join, signIn, stepUp, type SignedIn } from '#test/control/people.ts'
import { innerHosts } from '#test/gateway/inner-hosts.ts'

const key = 'sk-customer-0123456789abcdef'
const given = { provider: 'acme', label: 'Team key', secret: { kind: 'api_key', api_key: key } }

let harness: ControlHarness
let owner: SignedIn
let base: string

beforeEach(async () => {
  harness = await makeControlHarness()
  owner = await signIn(harness)
  base = `/api/accounts/${owner.accountId}/credentials`
})

/** As an operator's program, which is asked for no proof. */
const create = (body: object, headers: Readonly<Record<string, string>> = {}) =>
  harness.call(`POST ${base}`, { body: { ...given, ...body }, headers })

const stored = async () => harness.parts.credentials.listSealed(owner.accountId)

describe('bringing a credential', () => {
  test('takes a fresh proof; then its secret is kept sealed and comes back from nowhere', async () => {
    const asked = await harness.call(`POST ${base}`, { token: owner.token, body: given })
    expect([asked.status, asked.body.error.code]).toEqual([403, 'step_up_required'])
    expect(await stored()).toEqual([])
    const token = await stepUp(harness, owner, 'add_provider_key')
    const made = await harness.call(`POST ${base}`, { token, body: given })
    expect(made.status).toBe(201)
    expect(made.body.data).toMatchObject({
      ...{ provider: 'acme', provider_name: 'Acme', label: 'Team key', last_four: 'cdef' },
      ...{ use: 'first', enabled: true, is_served: true, last_test: null, models: null },
    })
    const list = await harness.call(`GET ${base}`, { token })
    expect(list.body).toMatchObject({ data: [made.body.data], fee_percent: '2.5' })
    expect(list.body.providers.map(({ slug }: { slug: string }) => slug)).toEqual([
      ...['acme', 'azure', 'custom'],
    ])
    const shown = await harness.call(`GET ${base}/${made.body.data.id}`, { token })
    expect(shown.body.data).toEqual(made.body.data)
    const said = JSON.stringify([made.body, list.body, shown.body, harness.events])
    expect(said).not.toContain(key)
    const [kept] = await stored()
    expect(Buffer.from(kept?.secret.sealed ?? []).toString('latin1')).not.toContain(key)
  })

  test('is written to the security log, by id', async () => {
    const { body } = await create({})
    await harness.call(`PATCH ${base}/${body.data.id}`, { body: { enabled: false } })
    await harness.call(`DELETE ${base}/${body.data.id}`)
    const kinds = ['provider_key_added', 'provider_key_changed', 'provider_key_removed']
    const all = { personId: null, accountId: owner.accountId, limit: 100, after: null }
    const events = await harness.parts.securityEvents.list(all)
    const told = events.filter(({ kind }) => kinds.includes(kind)).toReversed()
    expect(told).toMatchObject(
      kinds.map((kind) => ({ kind, accountId: owner.accountId, detail: body.data.id })),
    )
    expect(JSON.stringify(events, (name, value) => (name === 'id' ? null : value))).not.toContain(
      key,
    )
  })

  test('twice with one idempotency key is done once, and answered the same', async () => {
    const headers = { 'idempotency-key': 'once' }
    const first = await create({}, headers)
    const again = await create({}, headers)
    expect(again.body).toEqual(first.body)
    expect(await stored()).toHaveLength(1)
  })

  test('every kind of secret is kept as it was sent', async () => {
    const secrets = [{ kind: 'api_key', api_key: key }, { kind: 'none' }]
    for (const secret of secrets) {
      await create({
        ...{ provider: 'custom', secret, base_url: 'https://llm.example.com/v1/' },
        models: [{ model: 'acme/small', upstream_model: 'mine' }],
      })
    }
    const opened = await Promise.all((await stored()).map(harness.parts.credentialVault.open))
    expect(opened).toEqual([{ kind: 'api_key', apiKey: key }, { kind: 'none' }])
    expect((await stored()).map(({ credential }) => credential)).toMatchObject([
      { baseUrl: 'https://llm.example.com/v1', protocol: 'openai', secretKind: 'api_key' },
      { lastFour: '', secretKind: 'none' },
    ])
  })

  test.each([
    ['provider', { provider: 'acne' }, 'Did you mean "acme"?'],
    ['provider', { provider: 'zzzzzz' }, 'use "custom" with its base_url'],
    ['secret.kind', { secret: { kind: 'none' } }, 'takes a secret of the kind "api_key"'],
    ['secret.api_key', { secret: { kind: 'api_key', api_key: 'a b' } }, 'visible characters'],
    ['secret.api_key', { secret: { kind: 'api_key', api_key: 'a\nb' } }, 'visible characters'],
    ['base_url', { provider: 'custom' }, 'needs the address of your server'],
    ['region', { region: 'eu-west-1' }, 'has no regions'],
    ['models.0.model', { models: [{ model: 'acme/smal' }] }, 'Did you mean "acme/small"?'],
    [
      'models.1.model',
      { models: [{ model: 'acme/small' }, { model: 'acme/small' }] },
      'named twice',
    ],
    ['key_ids.0', { key_ids: ['key_of_somebody'] }, 'is no key of this account'],
    ['models', { provider: 'custom', base_url: 'https://a.example.com/v1' }, 'name them, as'],
    [
      'models.0.upstream_model',
      {
        ...{ provider: 'azure', base_url: 'https://a.example.com' },
        models: [{ model: 'acme/small' }],
      },
      'under no name that is known here',
    ],
    ['base_url', { base_url: 'https://a.example.com/v1#x' }, 'end before #'],
    ['base_url', { base_url: 'https://a.example.com/v1?x=1' }, 'end before ?'],
    ['base_url', { base_url: 'https://a.example.com/v1/chat/completions' }, 'end before /chat'],
    ['protocol', { base_url: 'https://a.example.com/v1', protocol: 'gemini' }, 'speaks "openai"'],
  ])('a mistake in %s is told at its place', async (param, body, words) => {
    const { status, body: answer } = await create(body)
    expect([status, answer.error.param]).toEqual([400, param])
    expect(answer.error.message).toContain(words)
    expect(JSON.stringify(answer)).not.toContain(key)
    expect(await stored()).toEqual([])
  })

  test('no address inside is taken, in any way of writing it', async () => {
    const models = [{ model: 'acme/small', upstream_model: 'mine' }]
    for (const host of innerHosts) {
      const { body } = await create({ provider: 'custom', models, base_url: `https://${host}/v1` })
      expect([host, body.error?.param]).toEqual([host, 'base_url'])
    }
    for (const base_url of [
      'http://a.example.com/v1',
      'https://u:p@a.example.com',
      'https://a.example.com:22',
    ]) {
      const { body } = await create({ provider: 'custom', models, base_url })
      expect([base_url, body.error?.param]).toEqual([base_url, 'base_url'])
    }
    expect(await stored()).toEqual([])
  })

  test('an account has at most fifty', async () => {
    for (let count = 0; count < 50; count += 1) expect((await create({})).status).toBe(201)
    const { status, body } = await create({})
    expect([status, body.error.code]).toEqual([409, 'conflict'])
  })
})

describe('changing a credential', () => {
  test('changes what is named, if nobody was faster', async () => {
    const { body: made } = await create({})
    const path = `${base}/${made.data.id}`
    const etag = (await harness.call(`GET ${path}`)).headers.get('etag') ?? ''
    const change = { label: 'Other', use: 'only', enabled: false }
    const headers = { 'if-match': etag }
    const { body } = await harness.call(`PATCH ${path}`, { body: change, headers })
    expect(body.data).toEqual({ ...made.data, ...change })
    const late = await harness.call(`PATCH ${path}`, { body: { label: 'x' }, headers })
    expect(late.status).toBe(412)
  })

  test('another secret takes a fresh proof, and is another', async () => {
    const { body: made } = await create({})
    const path = `${base}/${made.data.id}`
    const secret = { kind: 'api_key', api_key: 'sk-rotated-0123456789xyz0' }
    const { token } = owner
    const refused = await harness.call(`PATCH ${path}`, { token, body: { secret } })
    expect(refused.body.error.code).toBe('step_up_required')
    expect((await harness.call(`PATCH ${path}`, { token, body: { use: 'last' } })).status).toBe(200)
    const proven = await stepUp(harness, owner, 'add_provider_key')
    const { body } = await harness.call(`PATCH ${path}`, { token: proven, body: { secret } })
    expect(body.data.last_four).toBe('xyz0')
    const [kept] = await stored()
    expect(await harness.parts.credentialVault.open(kept ?? expect.fail())).toEqual({
      ...{ kind: 'api_key', apiKey: secret.api_key },
    })
  })

  test.each([{}, { base_url: 'https://other.example.com' }, { provider: 'custom' }])(
    'where it leads cannot be changed, and nothing is no change: %j',
    async (body) => {
      const { body: made } = await create({})
      const answer = await harness.call(`PATCH ${base}/${made.data.id}`, { body })
      expect(answer.status).toBe(400)
    },
  )

  test('another account’s is not there', async () => {
    const { body: made } = await create({})
    const other = await signIn(harness)
    const path = `/api/accounts/${other.accountId}/credentials/${made.data.id}`
    for (const method of ['GET', 'PATCH', 'DELETE']) {
      const body = method === 'PATCH' ? { body: { label: 'x' } } : {}
      const answer = await harness.call(`${method} ${path}`, { token: other.token, ...body })
      expect(answer.body.error.code).toBe('credential_not_found')
    }
    const test = await harness.call(`POST ${path}/test`, { token: other.token })
    expect(test.body.error.code).toBe('credential_not_found')
  })

  test('is for admins; developers see the list, viewers do not', async () => {
    const { body: made } = await create({})
    const asked: unknown[] = []
    for (const role of ['admin', 'developer', 'viewer'] as const) {
      const { token } = await signIn(harness, await join(harness, owner.accountId, role))
      const list = await harness.call(`GET ${base}`, { token })
      const change = { token, body: { label: role } }
      const changed = await harness.call(`PATCH ${base}/${made.data.id}`, change)
      asked.push([role, list.status, changed.status])
    }
    expect(asked).toEqual([
      ['admin', 200, 200],
      ['developer', 200, 403],
      ['viewer', 403, 403],
    ])
  })
})

describe('trying a credential', () => {
  test('makes a call with its secret and keeps what came of it', async () => {
    const { body: made } = await create({})
    const { body } = await harness.call(`POST ${base}/${made.data.id}/test`)
    const at = new Date(harness.clock.value).toISOString()
    expect(body.data.last_test).toEqual({ at, outcome: 'works', detail: 'It answered.' })
    expect(harness.probed).toMatchObject([
      { credential: { id: made.data.id }, secret: { kind: 'api_key', apiKey: key } },
    ])
    const list = await harness.call(`GET ${base}`)
    expect(list.body.data[0].last_test.outcome).toBe('works')
  })

  test('again at once is refused, with when it may be', async () => {
    const { body: made } = await create({})
    await harness.call(`POST ${base}/${made.data.id}/test`)
    const again = await harness.call(`POST ${base}/${made.data.id}/test`)
    expect([again.status, again.headers.get('retry-after')]).toEqual([429, '3'])
    harness.clock.value += 3_000
    expect((await harness.call(`POST ${base}/${made.data.id}/test`)).status).toBe(200)
  })
})

test('a removed one is gone for good', async () => {
  const { body: made } = await create({})
  const path = `${base}/${made.data.id}`
  expect((await harness.call(`DELETE ${path}`)).body.data).toEqual(made.data)
  expect((await harness.call(`DELETE ${path}`)).body.error.code).toBe('credential_not_found')
  expect(await stored()).toEqual([])
})
