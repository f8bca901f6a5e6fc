import type { AccountId, GrantId } from '#domain/identifiers.ts'
import { effectKeyLengthMax, grantNanoUsdMax, grantPriorityMax } from '#domain/limits.ts'
import { formatUsd, type NanoUsd, nanoUsd, smallerNanoUsd, zeroNanoUsd } from '#domain/money.ts'

import { isOwnEffectKey, type LedgerEntry, plainEntry } from './transactions.ts'

/** Where credit comes from: money received, or a gift of the house. */
export type GrantKind = 'paid' | 'promotional' | 'trial'

/** The priority a grant gets when nobody chooses one: gifts are spent before paid money. */
export const defaultGrantPriority: Readonly<Record<GrantKind, number>> = {
  trial: 100,
  promotional: 200,
  paid: 300,
}

/** What the rules need to know of a grant. `remaining` counts what nodes hold of it as not spent. */
export interface GrantState {
  readonly id: GrantId
  readonly priority: number
  readonly expiresAt: Date | null
  readonly createdAt: Date
  readonly remainingNanoUsd: NanoUsd
}

/** Sorts grants in the order they are spent: priority, then expiry (never last), then age, then id. */
export function compareGrants(
  left: Omit<GrantState, 'remainingNanoUsd'>,
  right: Omit<GrantState, 'remainingNanoUsd'>,
): number {
  if (left.priority !== right.priority) return left.priority - right.priority
  const expiry = timeOrNever(left.expiresAt) - timeOrNever(right.expiresAt)
  if (expiry !== 0 && !Number.isNaN(expiry)) return expiry
  const age = left.createdAt.getTime() - right.createdAt.getTime()
  if (age !== 0) return age
  return left.id < right.id ? -1 : left.id > right.id ? 1 : 0
}

function timeOrNever(date: Date | null): number {
  return date === null ? Number.POSITIVE_INFINITY : date.getTime()
}

/** True from the very millisecond of its expiry on. */
export function isExpired(grant: Pick<GrantState, 'expiresAt'>, nowMs: number): boolean {
  return grant.expiresAt !== null && grant.expiresAt.getTime() <= nowMs
}

/** Splits an amount into entries of one book, one for each grant it is spent from. */
export type DrawDown = (book: 'available' | 'held', amountNanoUsd: NanoUsd) => LedgerEntry[]

/**
 * Spends an account's grants from the first on, over as many calls as needed. What no grant covers comes
 * out as a last entry without a grant: that is debt.
 */
export function makeDrawDown(grants: readonly GrantState[]): DrawDown {
  const ordered = grants.toSorted(compareGrants)
  let index = 0
  let spentOfCurrent = zeroNanoUsd
  return (book, amountNanoUsd) => {
    const entries: LedgerEntry[] = []
    let open = amountNanoUsd
    for (let grant = ordered[index]; open > 0n && grant; grant = ordered[index]) {
      const left = nanoUsd(grant.remainingNanoUsd - spentOfCurrent)
      const part = smallerNanoUsd(open, left)
      if (part > 0n) entries.push({ book, amountNanoUsd: nanoUsd(-part), grantId: grant.id })
      open = nanoUsd(open - part)
      spentOfCurrent = nanoUsd(spentOfCurrent + part)
      if (part === left) {
        index += 1
        spentOfCurrent = zeroNanoUsd
      }
    }
    return open > 0n ? [...entries, plainEntry(book, -open)] : entries
  }
}

/** What must hold of a grant before anything is posted: see `findGrantMistake`. */
export interface ProposedGrant {
  readonly accountId: AccountId
  readonly amountNanoUsd: NanoUsd
  readonly priority: number
  readonly expiresAt: Date | null
  readonly effectKey: string
}

/**
 * Says in one sentence what is wrong with a grant, or undefined when it may be posted. The time is not
 * looked at: a grant that has expired already (`isExpired`) is for the caller to refuse.
 */
export function findGrantMistake(grant: ProposedGrant): string | undefined {
  const { amountNanoUsd, priority, expiresAt, effectKey } = grant
  if (amountNanoUsd <= 0n)
    return `The amount must be above zero; it is ${formatUsd(amountNanoUsd)}.`
  if (amountNanoUsd > grantNanoUsdMax) {
    return `The amount must be at most ${formatUsd(grantNanoUsdMax)} USD; it is ${formatUsd(amountNanoUsd)}.`
  }
  if (!Number.isInteger(priority) || priority < 0 || priority > grantPriorityMax) {
    return `The priority must be a whole number from 0 to ${grantPriorityMax}; it is ${priority}.`
  }
  if (expiresAt !== null && Number.isNaN(expiresAt.getTime())) return 'The expiry is not a time.'
  if (effectKey.length === 0 || effectKey.length > effectKeyLengthMax) {
    return `The effect key must have 1 to ${effectKeyLengthMax} characters; it has ${effectKey.length}.`
  }
  if (isOwnEffectKey(effectKey)) return `The effect key "${effectKey}" has a reserved beginning.`
  return undefined
}
