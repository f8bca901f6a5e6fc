import { assert } from '#domain/faults.ts'
import {
  type AccountId,
  type GenerationId,
  isGenerationId,
  type LeaseId,
} from '#domain/identifiers.ts'
import { settleBatchChargesMax } from '#domain/limits.ts'
import { type NanoUsd, nanoUsd, smallerNanoUsd, zeroNanoUsd } from '#domain/money.ts'

import type { AccountState } from './accounts.ts'
import { type DrawDown, makeDrawDown } from './grants.ts'
import { leaseRest, type LeaseState } from './leases.ts'
import { effectKeys, type LedgerTransaction, makeTransaction, plainEntry } from './transactions.ts'

/** What settlement needs to know of one charge. */
export interface Charge {
  readonly chargeId: GenerationId
  readonly accountId: AccountId
  readonly leaseId: LeaseId | null
  readonly costNanoUsd: NanoUsd
}

/** All charges of one batch on one lease, as one amount, named by the smallest of their ids. */
export interface ChargeGroup {
  readonly firstChargeId: GenerationId
  readonly accountId: AccountId
  readonly leaseId: LeaseId | null
  readonly costNanoUsd: NanoUsd
}

/** Asserts what a batch must be: within its limit, ids in their form, no cost below zero. */
export function assertBatch(charges: readonly Charge[]): void {
  assert(
    charges.length <= settleBatchChargesMax,
    `a batch of ${charges.length} charges is too large`,
  )
  for (const { chargeId, costNanoUsd } of charges) {
    assert(isGenerationId(chargeId), `a charge is named ${String(chargeId)}`)
    assert(costNanoUsd >= 0n, `the charge ${chargeId} is below zero`)
  }
}

/** Sums charges by account and lease, ordered by first charge. Charges of zero move no money. */
export function groupCharges(charges: readonly Charge[]): ChargeGroup[] {
  const groups = new Map<string, ChargeGroup>()
  for (const charge of charges) {
    if (charge.costNanoUsd === 0n) continue
    const { chargeId, accountId, leaseId, costNanoUsd } = charge
    const name = `${accountId} ${leaseId ?? ''}`
    const group = groups.get(name)
    const firstChargeId = group && group.firstChargeId < chargeId ? group.firstChargeId : chargeId
    const cost = nanoUsd((group?.costNanoUsd ?? 0n) + costNanoUsd)
    groups.set(name, { firstChargeId, accountId, leaseId, costNanoUsd: cost })
  }
  return [...groups.values()].toSorted((left, right) =>
    left.firstChargeId < right.firstChargeId ? -1 : 1,
  )
}

/** What a batch posts. The two sums are what leases did not cover: see `SettleReport` of the port. */
export interface Settlement {
  readonly transactions: readonly LedgerTransaction[]
  readonly overrunNanoUsd: NanoUsd
  readonly lateNanoUsd: NanoUsd
}

/**
 * Charges every group in full: first to what its lease holds, then to `available`, labelled `overrun`
 * (the lease was open but too small, or none was needed) or `late` (it has ended, or is not known). Grants
 * are spent in their order, whichever lease paid. `accounts` holds every account of the groups.
 */
export function settle(
  groups: readonly ChargeGroup[],
  known: {
    readonly accounts: ReadonlyMap<AccountId, AccountState>
    readonly leases: ReadonlyMap<LeaseId, LeaseState>
  },
): Settlement {
  const draws = new Map<AccountId, DrawDown>()
  const drawOf = (accountId: AccountId): DrawDown => {
    const account = known.accounts.get(accountId)
    assert(account, `account ${accountId} was not read before its charges were settled`)
    const draw = draws.get(accountId) ?? makeDrawDown(account.grants)
    draws.set(accountId, draw)
    return draw
  }
  const sums = { overrun: 0n, late: 0n }
  const transactions: LedgerTransaction[] = []
  for (const group of groups) {
    const { covered, beyond } = coverOf(group, known.leases)
    const draw = drawOf(group.accountId)
    if (covered > 0n) {
      transactions.push(chargeTransaction(group, { kind: 'settle', amount: covered, draw }))
    }
    const rest = nanoUsd(group.costNanoUsd - covered)
    if (rest === 0n) continue
    transactions.push(chargeTransaction(group, { kind: beyond, amount: rest, draw }))
    sums[beyond] += rest
  }
  return {
    transactions,
    overrunNanoUsd: nanoUsd(sums.overrun),
    lateNanoUsd: nanoUsd(sums.late),
  }
}

/** How much of a group its lease pays, and how the rest is labelled. */
function coverOf(
  group: ChargeGroup,
  leases: ReadonlyMap<LeaseId, LeaseState>,
): { covered: NanoUsd; beyond: 'overrun' | 'late' } {
  if (group.leaseId === null) return { covered: zeroNanoUsd, beyond: 'overrun' }
  const lease = leases.get(group.leaseId)
  if (!lease || lease.status !== 'open' || lease.accountId !== group.accountId) {
    return { covered: zeroNanoUsd, beyond: 'late' }
  }
  return { covered: smallerNanoUsd(group.costNanoUsd, leaseRest(lease)), beyond: 'overrun' }
}

function chargeTransaction(
  group: ChargeGroup,
  part: { kind: 'settle' | 'overrun' | 'late'; amount: NanoUsd; draw: DrawDown },
): LedgerTransaction {
  const book = part.kind === 'settle' ? 'held' : 'available'
  return makeTransaction({
    effectKey: effectKeys[part.kind](group.firstChargeId),
    kind: part.kind,
    accountId: group.accountId,
    leaseId: group.leaseId,
    entries: [...part.draw(book, part.amount), plainEntry('revenue', part.amount)],
  })
}
