import { randomBytes } from 'node:crypto'

import { beforeEach, describe, expect, test } from 'vitest'

import { watchAccounts } from '#control/notifications/watch-accounts.ts'
import { makeGenerationId } from '#domain/identifiers.ts'
import { nanoUsd } from '#domain/money.ts'
import { newCharge } from '#ports/ledger/fixture.conformance.ts'
import { makeControlHarness, type ControlHarness } from '#test/control/control-harness.ts'
import { join, signIn, stepUp, type SignedIn } from '#test/control/people.ts'

const hourMs = 3_600_000
const usd = 1_000_000_000n

let harness: ControlHarness
let ada: SignedIn
beforeEach(async () => {
  harness = await makeControlHarness()
  ada = await signIn(harness)
})

const homeUrl = 'https://codelace.test'
const watch = () => watchAccounts({ ...harness.parts, homeUrl })

async function grant(usdText: string): Promise<void> {
  const body = { amount: usdText, kind: 'paid', effect_key: String(harness.clock.value) }
  const { status } = await harness.call(`POST /api/accounts/${ada.accountId}/grants`, { body })
  expect(status).toBe(200)
}

/** A charge and its line of the log, now. */
async function spend(amount: bigint): Promise<void> {
  harness.clock.value += 1_000
  const charge = newCharge({ accountId: ada.accountId, leaseId: null, nodeId: 'node_a' }, 1, {
    chargeId: makeGenerationId(harness.clock.value, randomBytes),
    costNanoUsd: nanoUsd(amount),
  })
  await harness.ledger.settle([charge])
  await harness.generations.insert([harness.make.generation(ada.accountId)])
}

async function requests(count: number, outcome: 'completed' | 'upstream_failed', agoMs = 0) {
  const createdAtMs = harness.clock.value - agoMs
  const lines = Array.from({ length: count }, () =>
    harness.make.generation(ada.accountId, { createdAtMs, outcome }),
  )
  await harness.generations.insert(lines)
}

async function mailsTo(email: string) {
  await harness.parts.post.deliver()
  const isOurs = (text: string) => text.includes('/app/unsubscribe#')
  return (harness.parts.post.outbox?.() ?? []).filter(
    ({ to, text }) => to === email && isOurs(text),
  )
}

const path = (rest: string) => `/api/accounts/${ada.accountId}/${rest}`
const list = async (query = '', token: string = ada.token) =>
  (await harness.call(`GET ${path('notifications')}${query}`, { token })).body
const settings = { low_balance: '5', budget_percents: [50, 80, 100], error_spikes: true }
const choose = (body: unknown, token: string = ada.token) =>
  harness.call(`PUT ${path('notification-settings')}`, { token, body })

describe('a low balance', () => {
  test('is told once by mail and in the list, and again when it comes anew', async () => {
    await grant('10')
    await spend(6n * usd)
    for (let round = 0; round < 3; round += 1) await watch()
    expect(await mailsTo(ada.email)).toHaveLength(1)
    const { data, unread_count: unread } = await list()
    expect(data).toMatchObject([{ kind: 'low_balance', left: '4', threshold: '5', ended_at: null }])
    expect(unread).toBe(1)
    await spend(1n * usd)
    await watch()
    expect(await mailsTo(ada.email)).toHaveLength(1)
    await grant('10')
    await watch()
    expect((await list()).data[0].ended_at).not.toBeNull()
    await spend(10n * usd)
    await watch()
    expect(await mailsTo(ada.email)).toHaveLength(2)
    expect((await list()).data).toHaveLength(2)
  })

  test('is told at each person’s own threshold', async () => {
    const email = await join(harness, ada.accountId, 'billing')
    const grace = await signIn(harness, email)
    await choose({ ...settings, low_balance: '8.5', by_mail: true }, grace.token)
    await grant('10')
    await spend(2n * usd)
    await watch()
    expect((await list('', grace.token)).data).toMatchObject([{ left: '8', threshold: '8.5' }])
    expect((await list()).data).toEqual([])
    expect(await mailsTo(email)).toHaveLength(1)
  })

  test('once the threshold is raised above what is left is told without any request', async () => {
    await grant('10')
    await watch()
    await choose({ ...settings, low_balance: '20', by_mail: false })
    await watch()
    expect((await list()).data).toMatchObject([{ kind: 'low_balance', threshold: '20' }])
    expect(await mailsTo(ada.email)).toEqual([])
  })
})

describe('a spend limit', () => {
  test('is told at 50, 80 and 100 per cent, each once', async () => {
    await grant('100')
    const token = ada.token
    const body = { limits: { spend: { day: '10' } } }
    const owned = await harness.call(`PATCH /api/accounts/${ada.accountId}`, { token, body })
    expect(owned.status).toBe(200)
    for (const amount of [4n, 2n, 1n, 2n, 1n, 5n]) {
      await spend(amount * usd)
      await watch()
      await watch()
    }
    const { data } = await list()
    expect(data.map((one: { percent: number }) => one.percent)).toEqual([100, 80, 50])
    expect(data[0]).toMatchObject({
      ...{ kind: 'budget', window: 'day', spent: '10', limit: '10' },
      owner: { type: 'account', id: ada.accountId },
    })
    expect((await mailsTo(ada.email)).map(({ subject }) => subject.slice(0, 5))).toEqual(
      expect.arrayContaining(['100 %', '80 % ', '50 % ']),
    )
    harness.clock.value += 24 * hourMs
    await watch()
    expect((await list()).data.every((one: { ended_at: unknown }) => one.ended_at !== null)).toBe(
      true,
    )
  })
})

describe('a spike of errors', () => {
  test('is told once, and is over when the hours are', async () => {
    await requests(60, 'completed', 5 * hourMs)
    await requests(30, 'upstream_failed')
    await watch()
    await requests(10, 'upstream_failed')
    await watch()
    expect((await list()).data).toMatchObject([
      { kind: 'error_spike', requests: 30, errors: 30, ended_at: null },
    ])
    harness.clock.value += 3 * hourMs
    await watch()
    expect((await list()).data[0].ended_at).not.toBeNull()
    expect(await mailsTo(ada.email)).toHaveLength(1)
  })
})

describe('a mail', () => {
  test('says what is so, leads to the page and the settings, and ends with one link', async () => {
    await grant('10')
    await spend(6n * usd)
    await watch()
    const [mail] = await mailsTo(ada.email)
    expect(mail?.subject).toContain('$4.00 left')
    const account = `?account=${ada.accountId}`
    expect(mail?.text).toContain(`${homeUrl}/app/${account}`)
    expect(mail?.text).toContain(`${homeUrl}/app/settings/notifications${account}`)
    const token = /unsubscribe#(\S+)/.exec(mail?.text ?? '')?.[1]
    expect(mail?.html).toContain(token)
    const unsubscribe = (body: unknown) =>
      harness.call('POST /api/notifications/unsubscribe', { token: null, body })
    const forged = `${token?.slice(0, -1)}${token?.endsWith('A') ? 'B' : 'A'}`
    expect((await unsubscribe({ token: forged })).status).toBe(400)
    expect((await unsubscribe({ token: 'x' })).status).toBe(400)
    expect((await unsubscribe({ token })).body.data.by_mail).toBe(false)
    await grant('10')
    await watch()
    await spend(10n * usd)
    await watch()
    expect(await mailsTo(ada.email)).toHaveLength(1)
    expect((await list()).data).toHaveLength(2)
  })

  test('is sent to nobody who is no member any more', async () => {
    const email = await join(harness, ada.accountId, 'owner')
    const grace = await signIn(harness, email)
    await harness.parts.people.removeMembership(grace.me.id, ada.accountId)
    await grant('10')
    await spend(6n * usd)
    await watch()
    expect(await mailsTo(email)).toEqual([])
  })
})

describe('the list and the settings', () => {
  test('200: reading is remembered', async () => {
    await grant('10')
    await spend(6n * usd)
    await watch()
    const [{ id }] = (await list('?unread=true')).data
    const read = (ids: unknown, token: string = ada.token) =>
      harness.call(`POST ${path('notifications/read')}`, { token, body: { ids } })
    expect((await read([id])).body.data).toEqual({ marked: 1, unread_count: 0 })
    expect((await read('all')).body.data).toEqual({ marked: 0, unread_count: 0 })
    expect((await list('?unread=true')).data).toEqual([])
    for (const ids of [[], ['x'], 'some', [1]]) expect((await read(ids)).status).toBe(400)
    expect((await harness.call(`GET ${path('notifications')}?after=x`, ada)).status).toBe(400)
  })

  test('200: the default follows the role until something is chosen', async () => {
    const show = async (token: string) =>
      (await harness.call(`GET ${path('notification-settings')}`, { token })).body.data
    expect(await show(ada.token)).toEqual({ ...settings, by_mail: true, is_default: true })
    const viewer = await harness.make.member(ada.accountId, 'viewer')
    expect(await show(viewer)).toMatchObject({ low_balance: null, is_default: true })
    const chosen = { ...settings, low_balance: null, budget_percents: [100], by_mail: false }
    expect((await choose(chosen, viewer)).body.data).toEqual({ ...chosen, is_default: false })
    expect(await show(viewer)).toEqual({ ...chosen, is_default: false })
    expect(await show(harness.token)).toMatchObject({ is_default: true })
  })

  test.each([
    { low_balance: '-1' },
    { low_balance: '0' },
    { low_balance: 5 },
    { low_balance: '1e3' },
    { budget_percents: [60] },
    { error_spikes: 'yes' },
    { person_id: 'usr_1' },
  ])('400: %j', async (more) => {
    const answer = await choose({ ...settings, by_mail: true, ...more })
    expect([answer.status, answer.body.error.param?.split('.')[0]]).toEqual([
      400,
      Object.keys(more)[0],
    ])
  })

  test('409: a token is told nothing', async () => {
    expect((await choose({ ...settings, by_mail: true }, harness.token)).status).toBe(409)
    expect((await list('', harness.token)).data).toEqual([])
  })

  test('an account that cannot be read is reported, and the others are still told', async () => {
    const other = await signIn(harness)
    const { balance } = harness.parts.ledger
    Object.assign(harness.parts.ledger, {
      balance: (id: string) =>
        id === other.accountId ? Promise.reject(new Error('no')) : balance(ada.accountId),
    })
    await harness.generations.insert([harness.make.generation(other.accountId)])
    await grant('10')
    await spend(6n * usd)
    await watch()
    expect((await list()).data).toHaveLength(1)
    expect(harness.events).toContainEqual(
      expect.objectContaining({ kind: 'failed', path: `notifications of ${other.accountId}` }),
    )
  })
})

test('a fresh proof is not asked for to change what one is told', async () => {
  const token = await stepUp(harness, ada, 'create_key')
  expect((await choose({ ...settings, by_mail: true }, token)).status).toBe(200)
})
