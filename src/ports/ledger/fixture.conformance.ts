import { randomBytes } from 'node:crypto'

import { expect } from 'vitest'

import type { AccountStatus } from '#domain/accounts.ts'
import {
  type AccountId,
  makeGenerationId,
  makeGrantId,
  makeLeaseId,
  makeNodeId,
  type NodeId,
} from '#domain/identifiers.ts'
import { nanoUsd, nanoUsdPerUsd } from '#domain/money.ts'
import type { ChargeRecord, LeaseRequest, LedgerStore, NewGrant } from '#ports/ledger-store.ts'

/** The store under test, and the world around it. */
export interface LedgerUnderTest {
  readonly ledger: LedgerStore
  /** Makes an account of this status; the ledger knows nothing of it yet. */
  readonly makeAccount: (status?: AccountStatus) => Promise<AccountId>
  /** The store's own time. */
  readonly nowMs: () => number
  /** Lets time pass for leases and grants, without waiting. */
  readonly letTimePass: (ms: number) => Promise<void>
  /** The accounts whose recall was asked for so far. */
  readonly recalls: () => readonly AccountId[]
}

/** A number of US cents. */
export function cents(count: number) {
  return nanoUsd((BigInt(count) * nanoUsdPerUsd) / 100n)
}

/** A grant of paid credit that never expires, with a fresh id and effect key. */
export function newGrant(
  accountId: AccountId,
  amountCents: number,
  overrides: Partial<NewGrant> = {},
): NewGrant {
  const id = makeGrantId(randomBytes)
  return {
    id,
    accountId,
    kind: 'paid',
    amountNanoUsd: cents(amountCents),
    priority: 300,
    expiresAt: null,
    effectKey: `test:${id}`,
    note: null,
    ...overrides,
  }
}

/** A charge with a fresh id. */
export function newCharge(
  lease: Pick<ChargeRecord, 'accountId' | 'leaseId' | 'nodeId'>,
  costCents: number,
  overrides: Partial<ChargeRecord> = {},
): ChargeRecord {
  return {
    chargeId: makeGenerationId(Date.now(), randomBytes),
    accountId: lease.accountId,
    leaseId: lease.leaseId,
    nodeId: lease.nodeId,
    costNanoUsd: cents(costCents),
    priceVersionId: 'price_test',
    usageSource: 'upstream',
    keyId: 'key_test',
    promptTokens: 10,
    completionTokens: 2,
    model: 'acme/fast-1',
    provider: 'acme',
    cachedTokens: 0,
    reasoningTokens: 0,
    budgetLeaseIds: [],
    ...overrides,
  }
}

/** What a node would ask for: exactly so many cents, on a new lease, for a minute. */
export function newLease(
  claim: { accountId: AccountId; nodeId: NodeId; epoch: number },
  amountCents: number,
  overrides: Partial<LeaseRequest> = {},
): LeaseRequest {
  return {
    leaseId: makeLeaseId(randomBytes),
    ...claim,
    minimumNanoUsd: cents(amountCents),
    wantedNanoUsd: cents(amountCents),
    ttlMs: 60_000,
    ...overrides,
  }
}

/** A node that has just started, asking for this account. */
export async function makeNode(ledger: LedgerStore, accountId: AccountId) {
  const nodeId = makeNodeId(randomBytes)
  return { accountId, nodeId, epoch: await ledger.raiseEpoch(nodeId) }
}

/** Everything that was wanted on a lease goes back, as its first return, and the lease stays open. */
export function giveBackAll({ leaseId, nodeId, epoch, wantedNanoUsd }: LeaseRequest) {
  return { leaseId, nodeId, epoch, returnNumber: 1, amountNanoUsd: wantedNanoUsd, close: false }
}

/** Starts a test: an account with this much paid credit, and one node that is alive. */
export type Begin = (creditCents: number, status?: AccountStatus) => Promise<Begun>

/** What a test starts with. */
export type Begun = Awaited<ReturnType<typeof beginLedgerTest>>

/** Makes what a test starts with. */
export async function beginLedgerTest(
  world: LedgerUnderTest,
  creditCents: number,
  status: AccountStatus = 'active',
) {
  const { ledger } = world
  const accountId = await world.makeAccount(status)
  if (creditCents > 0) await ledger.grant(newGrant(accountId, creditCents))
  const claim = await makeNode(ledger, accountId)
  const balanceOf = async () => {
    const balance = await ledger.balance(accountId)
    return [balance?.availableNanoUsd, balance?.heldNanoUsd, balance?.spentNanoUsd]
  }
  const takeLease = async (amountCents: number, overrides: Partial<LeaseRequest> = {}) => {
    const request = newLease(claim, amountCents, overrides)
    expect(await ledger.lease(request)).toMatchObject({ kind: 'granted' })
    return request
  }
  return { ...world, accountId, claim, balanceOf, takeLease }
}
