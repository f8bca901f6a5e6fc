import { beforeEach, describe, expect, test } from 'vitest'

import type { Account } from '#domain/accounts.ts'
import { makeControlHarness, type ControlHarness } from '#test/control/control-harness.ts'

let harness: ControlHarness
let account: Account
beforeEach(async () => {
  harness = await makeControlHarness()
  account = await harness.make.account()
})

const create = (body: unknown, id: string = account.id) =>
  harness.call(`POST /api/accounts/${id}/projects`, { body })
const make = async () => (await create({ name: 'search' })).body.data.id as string
const pathOf = (id: string, of: string = account.id) => `/api/accounts/${of}/projects/${id}`

describe('create a project', () => {
  test('201: with its limits, and it is listed', async () => {
    const limits = { spend: { month: '20' }, allowed_models: ['openai/*'] }
    const { status, body } = await create({ name: 'search', limits })
    expect(status).toBe(201)
    expect(body.data).toMatchObject({ account_id: account.id, name: 'search', archived_at: null })
    expect(body.data.limits).toMatchObject({ spend: { month: '20', day: null } })
    const second = (await create({ name: 'other' })).body.data
    const listed = (await harness.call(`GET /api/accounts/${account.id}/projects`)).body.data
    expect(listed).toEqual([second, body.data])
  })

  test.each([
    {},
    { name: '' },
    { name: 'x', owner: 'me' },
    { name: 'x', limits: { spend: { day: '-1' } } },
    { name: 'x', limits: { requests_per_minute: 0.5 } },
  ])('400: %j', async (body) => {
    expect((await create(body)).status).toBe(400)
  })

  test.each(['acct_none', 'nonsense'])('404: in %s', async (id) => {
    expect((await create({ name: 'x' }, id)).body.error.code).toBe('account_not_found')
    const listed = await harness.call(`GET /api/accounts/${id}/projects`)
    expect(listed.body.error.code).toBe('account_not_found')
  })
})

describe('show and change a project', () => {
  test('200: members that are given change, the others stay', async () => {
    const id = await make()
    const limits = { spend: { day: '5' } }
    expect((await harness.call(`PATCH ${pathOf(id)}`, { body: { limits } })).status).toBe(200)
    await harness.call(`PATCH ${pathOf(id)}`, { body: { name: 'renamed' } })
    const { body } = await harness.call(`GET ${pathOf(id)}`)
    expect(body.data).toMatchObject({ name: 'renamed', spent: { day: '0', total: '0' } })
    expect(body.data.limits.spend.day).toBe('5')
    const lifted = await harness.call(`PATCH ${pathOf(id)}`, { body: { limits: null } })
    expect(lifted.body.data).toMatchObject({ name: 'renamed', limits: null })
  })

  test.each([{}, { limits: { spend: { day: 'x' } } }, { id: 'proj_a' }])(
    '400: %j',
    async (body) => {
      expect((await harness.call(`PATCH ${pathOf(await make())}`, { body })).status).toBe(400)
    },
  )

  test('404: another account’s project is not there, whatever is asked of it', async () => {
    const id = await make()
    const other = await harness.make.account()
    for (const path of [pathOf(id, other.id), pathOf('proj_none'), pathOf('nonsense')]) {
      for (const [target, body] of [
        [`GET ${path}`, undefined],
        [`PATCH ${path}`, { name: 'x' }],
        [`POST ${path}/archive`, undefined],
      ] as const) {
        const { status, body: answer } = await harness.call(target, { body })
        expect([status, answer.error.code], target).toEqual([404, 'project_not_found'])
      }
    }
    expect((await harness.call(`GET ${pathOf(id)}`)).body.data.name).toBe('search')
  })
})

describe('keys of a project, and its end', () => {
  const createKey = (project: string, of: string = account.id) =>
    harness.call(`POST /api/accounts/${of}/keys`, { body: { name: 'k', project_id: project } })

  test('a key joins a project of its account, and of no other', async () => {
    const id = await make()
    expect((await createKey(id)).body.data.project_id).toBe(id)
    const other = await harness.make.account()
    expect((await createKey(id, other.id)).body.error.code).toBe('project_not_found')
    expect((await createKey('proj_none')).body.error.code).toBe('project_not_found')
  })

  test('409: a project is archived when no key of it works, and takes none then', async () => {
    const id = await make()
    const key = (await createKey(id)).body.data
    const archive = () => harness.call(`POST ${pathOf(id)}/archive`)
    expect((await archive()).body.error.code).toBe('conflict')
    await harness.call(`POST /api/accounts/${account.id}/keys/${key.id}/revoke`)
    const archived = await archive()
    expect([archived.status, typeof archived.body.data.archived_at]).toEqual([200, 'string'])
    expect((await createKey(id)).body.error.code).toBe('conflict')
  })
})
