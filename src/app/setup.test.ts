import { hash, randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { makeMemoryDirectory } from '#adapters/memory/directory.ts'
import { makeLedgerModel } from '#adapters/memory/ledger-model.ts'
import { makeMemoryLedgerStore } from '#adapters/memory/ledger.ts'
import { makeMemoryPeopleStore } from '#adapters/memory/people.ts'

import { readFirstRun, writeFirstRun } from './first-run-file.ts'
import { runFirstTime } from './first-run.ts'
import {
  peopleOf,
  makeFirstAccounts,
  makeOperatorPerson,
  makeOperatorToken,
  type SetupStores,
} from './setup.ts'

const makeStores = () => {
  const directory = makeMemoryDirectory(() => 0)
  const ledger = makeMemoryLedgerStore(
    makeLedgerModel({
      nowMs: () => 0,
      findAccountStatus: () => 'active',
      onRecall: () => undefined,
    }),
  )
  const people = makeMemoryPeopleStore(directory.accounts)
  return { ...directory, ledger, people, randomBytes } satisfies SetupStores
}

let stores: ReturnType<typeof makeStores>
let dataFolder: string
beforeEach(() => {
  stores = makeStores()
  dataFolder = mkdtempSync(join(tmpdir(), 'first-run-'))
})
afterEach(() => {
  rmSync(dataFolder, { recursive: true })
})

const place = () => ({ dataFolder, url: 'http://127.0.0.1:8080' })
const everyAccount = async () =>
  (await stores.accounts.list({ limit: 100, after: null })).accounts.map(({ role }) => role)
const find = (secret: string) => stores.apiKeys.findByHash(hash('sha256', secret, 'buffer'))

describe('the first run', () => {
  test('makes an operator, and a customer with five dollars and a key, and writes them down', async () => {
    const made = await runFirstTime(stores, place())
    expect(made).toEqual(readFirstRun(dataFolder))
    expect(Object.keys(made ?? {})).toEqual([
      'url',
      'api_key',
      'operator_token',
      'account_id',
      'email',
      'operator_email',
    ])
    expect(await everyAccount()).toEqual(['customer', 'operator'])
    const key = await find(made?.api_key ?? '')
    expect(key).toMatchObject({ account: { id: made?.account_id, role: 'customer' } })
    expect(await find(made?.operator_token ?? '')).toMatchObject({
      key: { kind: 'operator' },
      account: { role: 'operator' },
    })
    const balance = await stores.ledger.balance(key?.account.id ?? 'acct_none')
    expect(balance?.availableNanoUsd).toBe(5_000_000_000n)
  })

  test('lets a person sign in to each of the two accounts', async () => {
    const made = await runFirstTime(stores, place())
    for (const [email, role] of [
      [made?.email, 'customer'],
      [made?.operator_email, 'operator'],
    ] as const) {
      const person = await stores.people.findByEmail(email ?? '')
      const [one, ...more] = await stores.people.memberships(person?.id ?? 'usr_none')
      expect(more).toEqual([])
      expect([one?.membership.role, one?.account.role]).toEqual(['owner', role])
    }
  })

  test('a person is named once for an operator that nobody signs in as, and never a second', async () => {
    await makeFirstAccounts(stores, { operatorEmail: null, customerEmail: null })
    await makeOperatorPerson(stores, 'ada@example.com')
    await makeOperatorPerson(stores, 'eve@example.com')
    expect(await stores.people.findByEmail('ada@example.com')).toBeDefined()
    expect(await stores.people.findByEmail('eve@example.com')).toBeUndefined()
  })

  test('the file can be read by its owner only, and nothing else stays behind', async () => {
    await runFirstTime(stores, place())
    expect(statSync(join(dataFolder, 'first-run.json')).mode & 0o777).toBe(0o600)
    expect(existsSync(join(dataFolder, 'first-run.begun'))).toBe(false)
  })

  test('the second run makes and changes nothing', async () => {
    await runFirstTime(stores, place())
    const before = readFileSync(join(dataFolder, 'first-run.json'), 'utf8')
    expect(await runFirstTime(stores, place())).toBeUndefined()
    expect(readFileSync(join(dataFolder, 'first-run.json'), 'utf8')).toBe(before)
    expect(await everyAccount()).toHaveLength(2)
  })

  test('a database that others have filled is left alone, also from an empty data folder', async () => {
    await makeFirstAccounts(stores, peopleOf(null))
    expect(await runFirstTime(stores, place())).toBeUndefined()
    expect(readFirstRun(dataFolder)).toBeUndefined()
  })

  test('the mark of an interrupted first run does not open a database that others have filled', async () => {
    writeFileSync(join(dataFolder, 'first-run.begun'), '')
    await makeFirstAccounts(stores, peopleOf(null))
    await stores.accounts.create({
      id: 'acct_another',
      role: 'customer',
      displayName: 'Another',
      email: null,
      contentMode: 'full',
    })
    expect(await runFirstTime(stores, place())).toBeUndefined()
    expect(readFirstRun(dataFolder)).toBeUndefined()
  })

  test('the address in the file follows the server to another port', async () => {
    const made = await runFirstTime(stores, place())
    await runFirstTime(stores, { dataFolder, url: 'http://127.0.0.1:9090' })
    expect(readFirstRun(dataFolder)).toEqual({ ...made, url: 'http://127.0.0.1:9090' })
  })

  test.each(['create', 'grant', 'apiKeys'] as const)(
    'interrupted at every %s, the next run finishes it: one operator, one customer, five dollars',
    async (step) => {
      for (const surviving of [0, 1]) {
        stores = makeStores()
        rmSync(join(dataFolder, 'first-run.json'), { force: true })
        const failing = failAfter(stores, step, surviving)
        if (step !== 'grant' || surviving === 0) {
          await expect(runFirstTime(failing, place())).rejects.toThrow('power cut')
        }
        const made = await runFirstTime(stores, place())
        if (made !== undefined) {
          expect(await find(made.api_key)).toBeDefined()
          const found = await find(made.api_key)
          const balance = await stores.ledger.balance(found?.account.id ?? 'acct_none')
          expect(balance?.availableNanoUsd).toBe(5_000_000_000n)
          expect((await everyAccount()).toSorted()).toEqual(['customer', 'operator'])
        }
        expect(await stores.ledger.verify()).toEqual([])
      }
    },
  )
})

/** Stores that break down after some calls of one kind. */
function failAfter(
  parts: SetupStores,
  step: 'create' | 'grant' | 'apiKeys',
  surviving: number,
): SetupStores {
  let left = surviving
  const guard =
    <Input, Output>(call: (input: Input) => Promise<Output>) =>
    (input: Input): Promise<Output> => {
      if (left === 0) return Promise.reject(new TypeError('power cut'))
      left -= 1
      return call(input)
    }
  switch (step) {
    case 'create':
      return { ...parts, accounts: { ...parts.accounts, create: guard(parts.accounts.create) } }
    case 'grant':
      return { ...parts, ledger: { grant: guard(parts.ledger.grant) } }
    case 'apiKeys':
      return { ...parts, apiKeys: { ...parts.apiKeys, create: guard(parts.apiKeys.create) } }
  }
}

describe('a lost operator token', () => {
  test('can be replaced by another one of the same operator', async () => {
    const { operatorToken } = await makeFirstAccounts(stores, peopleOf(null))
    const another = await makeOperatorToken(stores)
    expect(another).not.toBe(operatorToken)
    const owners = await Promise.all([operatorToken, another ?? ''].map(find))
    expect(owners[0]?.account.id).toBe(owners[1]?.account.id)
  })

  test('cannot be made where there is no operator', async () => {
    expect(await makeOperatorToken(stores)).toBeUndefined()
  })

  test('of a suspended operator is not made', async () => {
    await makeFirstAccounts(stores, peopleOf(null))
    const { accounts } = await stores.accounts.list({ limit: 9, after: null })
    for (const { id } of accounts) {
      const change = { id, status: 'suspended', reason: 'x', actorKeyId: null } as const
      await stores.accounts.setStatus(change)
    }
    expect(await makeOperatorToken(stores)).toBeUndefined()
  })
})

describe('the file of the first run', () => {
  test('is replaced as a whole', () => {
    const one = { url: 'a', api_key: 'b', operator_token: 'c', account_id: 'd' }
    writeFirstRun(dataFolder, one)
    writeFirstRun(dataFolder, { ...one, url: 'e' })
    expect(readFirstRun(dataFolder)).toEqual({ ...one, url: 'e' })
    expect(existsSync(join(dataFolder, 'first-run.json.draft'))).toBe(false)
  })

  test('is not there when it is missing or is something else', () => {
    expect(readFirstRun(dataFolder)).toBeUndefined()
    expect(readFirstRun(join(dataFolder, 'absent'))).toBeUndefined()
  })
})
