import { hash } from 'node:crypto'

import { type Account, type AccountRole, type KeyKind, usualKeyScopes } from '#domain/accounts.ts'
import { assert } from '#domain/faults.ts'
import {
  makeAccountId,
  makeGrantId,
  makeKeyId,
  makePersonId,
  type AccountId,
  type RandomBytes,
} from '#domain/identifiers.ts'
import { makeApiKey } from '#domain/keys.ts'
import { defaultGrantPriority } from '#domain/ledger/grants.ts'
import { pageSizeMax } from '#domain/limits.ts'
import { nanoUsd, nanoUsdPerUsd } from '#domain/money.ts'
import type { AccountStore } from '#ports/accounts.ts'
import type { ApiKeyStore } from '#ports/api-keys.ts'
import type { LedgerStore } from '#ports/ledger-store.ts'
import type { PeopleStore } from '#ports/people.ts'

/** The stores that the first accounts are made in. */
export interface SetupStores {
  readonly accounts: AccountStore
  readonly apiKeys: ApiKeyStore
  readonly ledger: Pick<LedgerStore, 'grant'>
  readonly people: PeopleStore
  readonly randomBytes: RandomBytes
}

/** The secrets of a new installation, for its owner's eyes. */
export interface FirstSecrets {
  readonly operatorToken: string
  readonly apiKey: string
  readonly accountId: AccountId
}

/** What a new customer has to try things with (5 USD). */
export const demoCreditNanoUsd = nanoUsd(5n * nanoUsdPerUsd)

/** Who signs in to the first accounts, as canonical addresses; null: nobody yet. */
export interface FirstPeople {
  readonly operatorEmail: string | null
  readonly customerEmail: string | null
}

/** Addresses that no mail can leave for: on a machine of one's own, their codes are printed. */
const localPeople = {
  operatorEmail: 'operator@codelace.test',
  customerEmail: 'you@codelace.test',
}

/** The same with the operator's own address, if there is one. */
export function peopleOf(operatorEmail: string | null): FirstPeople {
  return operatorEmail === null ? localPeople : { ...localPeople, operatorEmail }
}

const operatorName = 'Operator'
const customerName = 'First account'

/**
 * Makes an operator with a token, and a customer with demo credit and a key. After an interruption it
 * goes on with the accounts that are there: the credit is granted once, only keys are made anew. Whoever is
 * named owns an account and can sign in to it.
 */
export async function makeFirstAccounts(
  stores: SetupStores,
  people: FirstPeople,
): Promise<FirstSecrets> {
  const operator = await findOrMake(stores, 'operator', operatorName)
  const customer = await findOrMake(stores, 'customer', customerName)
  await stores.ledger.grant({
    id: makeGrantId(stores.randomBytes),
    accountId: customer.id,
    kind: 'promotional',
    amountNanoUsd: demoCreditNanoUsd,
    priority: defaultGrantPriority.promotional,
    expiresAt: null,
    effectKey: `setup:${customer.id}`,
    note: 'Demo credit of the first start',
  })
  await makeOwner(stores, operator, people.operatorEmail)
  await makeOwner(stores, customer, people.customerEmail)
  return {
    operatorToken: await makeKey(stores, operator.id, 'operator'),
    apiKey: await makeKey(stores, customer.id, 'inference'),
    accountId: customer.id,
  }
}

/** One more token for the operator of an installation; undefined when it has no operator yet. */
export async function makeOperatorToken(stores: SetupStores): Promise<string | undefined> {
  const operator = await findByRole(stores.accounts, 'operator')
  return operator === undefined ? undefined : makeKey(stores, operator.id, 'operator')
}

/** Lets a person run an installation whose operator nobody signs in as yet; changes nothing otherwise. */
export async function makeOperatorPerson(stores: SetupStores, email: string): Promise<void> {
  const operator = await findByRole(stores.accounts, 'operator')
  if (operator !== undefined) await makeOwner(stores, operator, email)
}

/** An account that somebody owns already is left alone. */
async function makeOwner(
  { people, randomBytes }: SetupStores,
  { id, displayName }: Account,
  email: string | null,
): Promise<void> {
  if (email === null || (await people.members(id)).length > 0) return
  const nowMs = Date.now()
  const person = { id: makePersonId(randomBytes), email, displayName, locale: null }
  const signUp = { person: { ...person, ageStatement: null, acceptedPolicies: {} }, nowMs }
  const made = await people.signUp({ ...signUp, role: 'owner', account: { id } })
  if (made !== undefined) return
  const known = await people.findByEmail(email)
  assert(known !== undefined, 'an address that is taken is someone’s')
  await people.putMembership({ personId: known.id, accountId: id, role: 'owner', nowMs })
}

/** The oldest account of this role that can still be used. */
export async function findByRole(
  accounts: AccountStore,
  role: AccountRole,
): Promise<Account | undefined> {
  let oldest: Account | undefined
  let after: string | null = null
  do {
    const page = await accounts.list({ limit: pageSizeMax, after })
    oldest = page.accounts.findLast((one) => one.role === role && one.status === 'active') ?? oldest
    after = page.next
  } while (after !== null)
  return oldest
}

async function findOrMake(
  { accounts, randomBytes }: SetupStores,
  role: AccountRole,
  displayName: string,
): Promise<Account> {
  const id = makeAccountId(randomBytes)
  return (
    (await findByRole(accounts, role)) ??
    (await accounts.create({ id, role, displayName, email: null, contentMode: 'full' }))
  )
}

async function makeKey(
  { apiKeys, randomBytes }: SetupStores,
  accountId: AccountId,
  kind: KeyKind,
): Promise<string> {
  const secret = makeApiKey(kind, randomBytes)
  const key = await apiKeys.create({
    id: makeKeyId(randomBytes),
    accountId,
    kind,
    name: 'Made by setup',
    prefix: secret.slice(0, 4),
    lastFour: secret.slice(-4),
    hash: hash('sha256', secret, 'buffer'),
    contentMode: null,
    limits: null,
    expiresAt: null,
    scopes: kind === 'inference' ? usualKeyScopes : [],
    projectId: null,
    createdBy: null,
  })
  assert(key !== undefined, 'the account was found or made a moment ago')
  return secret
}
