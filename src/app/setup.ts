import { hash } from 'node:crypto'

import type { Account, AccountRole, KeyKind } from '#domain/accounts.ts'
import { assert } from '#domain/faults.ts'
import {
  makeAccountId,
  makeGrantId,
  makeKeyId,
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

/** The stores that the first accounts are made in. */
export interface SetupStores {
  readonly accounts: AccountStore
  readonly apiKeys: ApiKeyStore
  readonly ledger: Pick<LedgerStore, 'grant'>
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

const operatorName = 'Operator'
const customerName = 'First account'

/**
 * Makes an operator with a token, and a customer with demo credit and a key. After an interruption it
 * goes on with the accounts that are there: the credit is granted once, only keys are made anew.
 */
export async function makeFirstAccounts(stores: SetupStores): Promise<FirstSecrets> {
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
  })
  assert(key !== undefined, 'the account was found or made a moment ago')
  return secret
}
