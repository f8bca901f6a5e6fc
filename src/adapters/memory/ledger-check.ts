import type { AccountId } from '#domain/identifiers.ts'
import { books } from '#domain/ledger/books.ts'
import { effectsOf, type LedgerEffects, zeroBooks } from '#domain/ledger/effects.ts'
import { leaseRest } from '#domain/ledger/leases.ts'
import { usageDaysOf } from '#domain/ledger/usage-days.ts'
import { nameOfHour, usageHoursOf } from '#domain/ledger/usage-hours.ts'
import { nanoUsd } from '#domain/money.ts'
import type { LedgerDifference } from '#ports/ledger-store.ts'

import type { LedgerState } from './ledger-state.ts'

/**
 * Recomputes everything that is stored from the transactions and names what differs, each difference as
 * stored minus computed. Empty: not one nano-dollar is astray.
 */
export function findDifferences(state: LedgerState): readonly LedgerDifference[] {
  const effects = effectsOf([...state.transactions.values()])
  return [
    ...unbalancedTransactions(state),
    ...wrongBalances(state, effects),
    ...wrongLeases(state, effects),
    ...wrongGrants(state, effects),
    ...wrongRevenue(state),
    ...wrongUsageDays(state),
    ...wrongUsageHours(state),
  ].filter((difference) => difference.differenceNanoUsd !== 0n)
}

function differ(
  invariant: string,
  accountId: AccountId | null,
  detail: string,
  difference: bigint,
): LedgerDifference {
  return { invariant, accountId, detail, differenceNanoUsd: nanoUsd(difference) }
}

function unbalancedTransactions(state: LedgerState): LedgerDifference[] {
  return [...state.transactions.values()].map(({ effectKey, accountId, entries }) =>
    differ(
      'I1',
      accountId,
      `the entries of ${effectKey} do not sum to zero`,
      entries.reduce((sum, entry) => sum + entry.amountNanoUsd, 0n),
    ),
  )
}

function wrongBalances(state: LedgerState, effects: LedgerEffects): LedgerDifference[] {
  const ids = new Set([...state.accounts.keys(), ...effects.accounts.keys()])
  return [...ids].flatMap((id) => {
    const stored = state.accounts.get(id)
    const computed = effects.accounts.get(id)
    const storedBooks = stored?.books ?? zeroBooks()
    const computedBooks = computed?.books ?? zeroBooks()
    const storedLabelled = stored?.labelledNanoUsd ?? 0n
    const overdraft = -storedBooks.available - storedLabelled
    const heldByLeases = [...state.leases.values()]
      .filter((lease) => lease.accountId === id)
      .reduce((sum, lease) => sum + leaseRest(lease), 0n)
    return [
      ...books.map((book) =>
        differ('I5', id, `the balance of ${book}`, storedBooks[book] - computedBooks[book]),
      ),
      differ('I5', id, 'the labelled sum', storedLabelled - (computed?.labelledNanoUsd ?? 0n)),
      differ('I3', id, 'available is below zero without a label', overdraft > 0n ? -overdraft : 0n),
      differ('I3', id, 'held is not what its leases hold', storedBooks.held - heldByLeases),
    ]
  })
}

function wrongLeases(state: LedgerState, effects: LedgerEffects): LedgerDifference[] {
  return [...state.leases.values()].flatMap((lease) => {
    const computed = effects.leases.get(lease.id)
    const { id, accountId } = lease
    const rest = leaseRest(lease)
    return [
      ...(['grantedNanoUsd', 'settledNanoUsd', 'returnedNanoUsd'] as const).map((sum) =>
        differ('I5', accountId, `${sum} of ${id}`, lease[sum] - (computed?.[sum] ?? 0n)),
      ),
      differ('I3', accountId, `${id} paid more than it was granted`, rest < 0n ? rest : 0n),
      differ(
        'I3',
        accountId,
        `${id} has ended and still holds`,
        lease.status === 'open' ? 0n : rest,
      ),
    ]
  })
}

function wrongGrants(state: LedgerState, effects: LedgerEffects): LedgerDifference[] {
  const remaining = new Map<AccountId, bigint>()
  const ofGrants = [...state.grantsByEffect].flatMap(([effectKey, id]) => {
    const grant = state.grants.get(id)
    if (!grant) return []
    const { accountId, remainingNanoUsd } = grant
    remaining.set(accountId, (remaining.get(accountId) ?? 0n) + remainingNanoUsd)
    const computed = effects.grants.get(id) ?? 0n
    const source = state.transactions
      .get(effectKey)
      ?.entries.filter((entry) => entry.book !== 'available')
      .reduce((sum, entry) => sum - entry.amountNanoUsd, 0n)
    return [
      differ('I9', accountId, `what is left of ${id}`, remainingNanoUsd - computed),
      differ('I9', accountId, `the amount of ${id}`, grant.amountNanoUsd - (source ?? 0n)),
    ]
  })
  const ofAccounts = [...state.accounts].map(([id, { books: sums }]) => {
    const spendable = sums.available + sums.held
    const left = remaining.get(id) ?? 0n
    const expected = spendable > 0n ? spendable : 0n
    return differ('I9', id, 'grants have left what is not available or held', left - expected)
  })
  const missing = [...effects.grants]
    .filter(([id]) => !state.grants.has(id))
    .map(([id, left]) => differ('I9', null, `what is left of ${id}, which is missing`, -left))
  return [...ofGrants, ...ofAccounts, ...missing]
}

function wrongRevenue(state: LedgerState): LedgerDifference[] {
  const charged = new Map<AccountId, bigint>()
  for (const { accountId, costNanoUsd } of state.charges.values()) {
    charged.set(accountId, (charged.get(accountId) ?? 0n) + costNanoUsd)
  }
  const ids = new Set([...charged.keys(), ...state.accounts.keys()])
  return [...ids].map((id) => {
    const revenue = state.accounts.get(id)?.books.revenue ?? 0n
    return differ('I2', id, 'revenue is not the sum of charges', revenue - (charged.get(id) ?? 0n))
  })
}

/** What spend limits are compared with. */
function wrongUsageDays(state: LedgerState): LedgerDifference[] {
  const computed = new Map(
    usageDaysOf([...state.charges.values()]).map((one) => [`${one.keyId}@${one.day}`, one]),
  )
  return [...new Set([...state.usageDays.keys(), ...computed.keys()])].map((name) => {
    const stored = state.usageDays.get(name)
    const charged = computed.get(name)
    const [keyId, day] = name.split('@')
    const cost = (stored?.costNanoUsd ?? 0n) - (charged?.costNanoUsd ?? 0n)
    const count = (stored?.requestCount ?? 0) - (charged?.requestCount ?? 0)
    const accountId = stored?.accountId ?? charged?.accountId ?? null
    return differ(
      'I5',
      accountId,
      `the usage of ${keyId} on ${day}`,
      cost === 0n ? BigInt(count) : cost,
    )
  })
}

/** What the usage pages are made of. */
function wrongUsageHours(state: LedgerState): LedgerDifference[] {
  const computed = new Map(
    usageHoursOf([...state.charges.values()]).map((one) => [nameOfHour(one), one]),
  )
  return [...new Set([...state.usageHours.keys(), ...computed.keys()])].map((name) => {
    const stored = state.usageHours.get(name)
    const charged = computed.get(name)
    const cost = (stored?.costNanoUsd ?? 0n) - (charged?.costNanoUsd ?? 0n)
    const count = (stored?.requestCount ?? 0) - (charged?.requestCount ?? 0)
    const accountId = stored?.accountId ?? charged?.accountId ?? null
    return differ('I5', accountId, `the hourly usage ${name}`, cost === 0n ? BigInt(count) : cost)
  })
}
