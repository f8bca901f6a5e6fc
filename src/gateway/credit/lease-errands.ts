import { assert } from '#domain/faults.ts'
import type { NodeId, RandomBytes } from '#domain/identifiers.ts'
import { makeLeaseId } from '#domain/identifiers.ts'
import { largerNanoUsd, nanoUsd, type NanoUsd, smallerNanoUsd, zeroNanoUsd } from '#domain/money.ts'
import type { Clock } from '#ports/clock.ts'
import type { LeaseResult } from '#ports/ledger-store.ts'

import {
  type AccountCredit,
  aheadOf,
  comingBackTo,
  isIdle,
  leasesOf,
  spendableOf,
  wantedOf,
} from './account-credit.ts'
import type { LeaseBook } from './lease-book.ts'
import type { LeaseStore } from './lease-store.ts'
import {
  confirm,
  freeOf,
  isQuiet,
  isUsable,
  type Lease,
  makeLease,
  readSentAt,
  type SentAt,
} from './lease.ts'
import type { CreditPolicy } from './policy.ts'
import type { StoreLink } from './store-link.ts'

/** What errands are run with. */
export interface ErrandParts<Owner extends string> {
  readonly book: LeaseBook<Owner>
  readonly store: LeaseStore<Owner>
  readonly link: StoreLink
  readonly clock: Clock
  readonly nodeId: NodeId
  readonly epoch: number
  readonly randomBytes: RandomBytes
  readonly policy: CreditPolicy
  /** Another process has taken this node's id over. */
  readonly onFenced: () => void
}

/** How many times a refusal looks again while other nodes return what is idle. */
const recallLooks = 3

/**
 * Does what an account needs from the store, one call at a time for each account, so that its money is
 * never on its way out and in at once. Never rejects; what could not be done is done at a later call.
 */
export async function serveAccount<Owner extends string>(
  parts: ErrandParts<Owner>,
  account: AccountCredit<Owner>,
): Promise<void> {
  if (account.isBusy) return
  account.isBusy = true
  try {
    let goesOn = true
    while (goesOn) {
      if (!parts.link.mayCall()) {
        parts.book.answerWaiters(account, () => ({ kind: 'unavailable' }))
        break
      }
      goesOn = await nextErrand(parts, account)
    }
  } finally {
    account.isBusy = false
  }
}

/** Runs the most urgent errand. False: nothing is left to do, or the store failed. */
async function nextErrand<Owner extends string>(
  parts: ErrandParts<Owner>,
  account: AccountCredit<Owner>,
): Promise<boolean> {
  parts.book.answerWaiters(account, () => undefined)
  if (account.waiters.length > 0) return fetchForWaiters(parts, account)
  for (const lease of account.retired) {
    if (lease.status === 'ended' && lease.underWayCount === 0 && lease.unsettledCount === 0) {
      account.retired = account.retired.filter((other) => other !== lease)
    }
  }
  const isBack = bringBack(parts, account)
  if (isBack !== undefined) return isBack
  if (account.isRecalled) return answerRecall(parts, account)
  if (account.surplusNanoUsd > 0n) return returnSurplus(parts, account)
  const more = missingAhead(parts, account)
  return more > 0n && fetch(parts, account, { minimum: nanoUsd(1n), wanted: more })
}

/** Gives back one thing that this node has no use for; undefined when there is none. False: the store failed. */
function bringBack<Owner extends string>(
  parts: ErrandParts<Owner>,
  account: AccountCredit<Owner>,
): Promise<boolean> | undefined {
  const nowMs = parts.clock.monotonicMs()
  const quiet = account.retired.find((lease) => lease.status === 'retired' && isQuiet(lease, nowMs))
  if (quiet) return close(parts, account, quiet)
  const returning = leasesOf(account).find((lease) => lease.pendingReturn !== null)
  if (returning) return sendReturn(parts, returning)
  const idle = account.retired.find((lease) => lease.status === 'retired' && freeOf(lease) > 0n)
  return idle && giveBack(parts, idle, freeOf(idle))
}

async function fetchForWaiters<Owner extends string>(
  parts: ErrandParts<Owner>,
  account: AccountCredit<Owner>,
): Promise<boolean> {
  const { book, policy, clock } = parts
  let lease = account.current
  if (lease !== null && lease.strayNanoUsd > 0n) {
    book.retire(account)
    lease = null
  }
  const free = lease === null ? zeroNanoUsd : freeOf(lease)
  const bounds = account.waiters.map(({ boundNanoUsd }) => boundNanoUsd)
  const minimum = nanoUsd(bounds.reduce((least, bound) => (bound < least ? bound : least)) - free)
  if (lease !== null && minimum <= 0n && !isUsable(lease, clock)) return renewOne(parts, account)
  const total = nanoUsd(bounds.reduce<bigint>((sum, bound) => sum + bound, 0n) - free)
  const largestBoundNanoUsd = bounds.reduce(largerNanoUsd)
  const wanted = wantedOf(account, { needNanoUsd: total, largestBoundNanoUsd }, policy)
  return fetch(parts, account, { minimum: largerNanoUsd(minimum, nanoUsd(1n)), wanted })
}

/** How much more than it has the account should have ahead of need. */
function missingAhead<Owner extends string>(
  { policy, clock }: ErrandParts<Owner>,
  account: AccountCredit<Owner>,
): NanoUsd {
  const { current, lowWaterNanoUsd } = account
  if (current === null || current.strayNanoUsd > 0n || !isUsable(current, clock)) return zeroNanoUsd
  if (isIdle(account, clock.monotonicMs(), policy)) return zeroNanoUsd
  const free = freeOf(current)
  if (free >= lowWaterNanoUsd) return zeroNanoUsd
  return nanoUsd(aheadOf(account, policy) - free)
}

async function fetch<Owner extends string>(
  parts: ErrandParts<Owner>,
  account: AccountCredit<Owner>,
  { minimum, wanted }: { minimum: NanoUsd; wanted: NanoUsd },
): Promise<boolean> {
  const { book, store, link, clock, nodeId, epoch, policy } = parts
  const lease = account.current ?? makeLease(makeLeaseId(parts.randomBytes), account.id)
  const sentAt = readSentAt(clock)
  const result = await link.call('lease', () =>
    store.lease({
      leaseId: lease.id,
      ownerId: account.id,
      nodeId,
      epoch,
      minimumNanoUsd: minimum,
      wantedNanoUsd: largerNanoUsd(wanted, minimum),
      ttlMs: policy.leaseTtlMs,
    }),
  )
  if (result.kind === 'done') return take(parts, account, { lease, sentAt, answer: result.value })
  lease.strayNanoUsd = nanoUsd(lease.strayNanoUsd + largerNanoUsd(wanted, minimum))
  lease.strayUntilMs = clock.monotonicMs() + policy.storeCallLandingMsMax
  if (lease.grantedNanoUsd === 0n && account.current !== lease) {
    lease.status = 'retired'
    account.retired.push(lease)
  }
  book.answerWaiters(account, () => ({ kind: 'unavailable' }))
  return false
}

function take<Owner extends string>(
  parts: ErrandParts<Owner>,
  account: AccountCredit<Owner>,
  { lease, sentAt, answer }: { lease: Lease<Owner>; sentAt: SentAt; answer: LeaseResult },
): boolean | Promise<boolean> {
  const { book, policy } = parts
  switch (answer.kind) {
    case 'granted':
      lease.grantedNanoUsd = nanoUsd(lease.grantedNanoUsd + answer.addedNanoUsd)
      confirm(lease, { sentAt, ttlMs: policy.leaseTtlMs, marginMs: policy.leaseMarginMs })
      account.availableNanoUsd = answer.availableNanoUsd
      if (lease.status === 'open') account.current = lease
      account.recallWaitsLeft = 0
      return true
    case 'insufficient':
      account.availableNanoUsd = largerNanoUsd(answer.availableNanoUsd, zeroNanoUsd)
      account.lowWaterNanoUsd = zeroNanoUsd
      if (account.waiters.length === 0) return false
      return lookElsewhere(parts, account, answer.elsewhereNanoUsd)
    case 'account_unknown':
      book.answerWaiters(account, () => ({ kind: 'insufficient', availableNanoUsd: zeroNanoUsd }))
      return false
    case 'fenced':
      if (account.current === lease) {
        book.end(lease)
        return true
      }
      parts.onFenced()
      return false
  }
}

/** The store has too little. Other nodes may have idle credit; only then is anybody refused. */
async function lookElsewhere<Owner extends string>(
  parts: ErrandParts<Owner>,
  account: AccountCredit<Owner>,
  elsewhereNanoUsd: NanoUsd,
): Promise<boolean> {
  const { book, clock, store, link, policy } = parts
  const nowMs = clock.monotonicMs()
  const mayAsk = nowMs - account.recallAskedAtMs >= policy.recallIntervalMs
  if (elsewhereNanoUsd > 0n && mayAsk) {
    account.recallAskedAtMs = nowMs
    account.recallWaitsLeft = recallLooks
    await link.call('requestRecall', () => store.requestRecall(account.id))
  }
  if (elsewhereNanoUsd > 0n && account.recallWaitsLeft > 0) {
    account.recallWaitsLeft -= 1
    await new Promise<void>((resolve) => {
      clock.after(policy.recallWaitMs / recallLooks, resolve)
    })
    return true
  }
  const spendable = spendableOf(account)
  const soon = nanoUsd(spendable + comingBackTo(account))
  // What is on its way back from this very node is brought back before anybody is told to come again.
  if (account.waiters.some(({ boundNanoUsd: bound }) => bound > spendable && bound <= soon)) {
    const isBack = await bringBack(parts, account)
    // Time has passed and the store failed: what was known of it no longer refuses anybody.
    if (isBack === false) book.answerWaiters(account, () => ({ kind: 'unavailable' }))
    if (isBack !== undefined) return isBack
  }
  book.answerWaiters(account, (bound) => {
    if (bound <= spendable) return undefined
    if (bound <= soon) return { kind: 'unavailable' }
    return { kind: 'insufficient', availableNanoUsd: spendable }
  })
  return true
}

async function renewOne<Owner extends string>(
  parts: ErrandParts<Owner>,
  account: AccountCredit<Owner>,
): Promise<boolean> {
  const lease = account.current
  if (lease === null) return true
  const isDone = await renewLeases(parts, [lease])
  if (!isDone) parts.book.answerWaiters(account, () => ({ kind: 'unavailable' }))
  return isDone
}

/** Extends the life of leases; those that the store has closed end here too. False: the store failed. */
export async function renewLeases<Owner extends string>(
  parts: ErrandParts<Owner>,
  leases: readonly Lease<Owner>[],
): Promise<boolean> {
  const { book, store, link, clock, nodeId, epoch, policy } = parts
  const sentAt = readSentAt(clock)
  const ttlMs = policy.leaseTtlMs
  const leaseIds = leases.map(({ id }) => id)
  const result = await link.call('renew', () => store.renew({ nodeId, epoch, leaseIds, ttlMs }))
  if (result.kind === 'failed') return false
  const closed = new Set(result.value)
  for (const lease of leases) {
    if (closed.has(lease.id)) book.end(lease)
    else confirm(lease, { sentAt, ttlMs, marginMs: policy.leaseMarginMs })
  }
  return true
}

/** What is idle goes back. What is reserved, or spent but not settled, stays. */
function answerRecall<Owner extends string>(
  parts: ErrandParts<Owner>,
  account: AccountCredit<Owner>,
): boolean | Promise<boolean> {
  account.isRecalled = false
  const { current } = account
  if (current === null) return false
  account.lowWaterNanoUsd = zeroNanoUsd
  if (current.underWayCount === 0 && current.unsettledCount === 0) {
    parts.book.retire(account)
    return true
  }
  const free = freeOf(current)
  return free > 0n && giveBack(parts, current, free)
}

function returnSurplus<Owner extends string>(
  parts: ErrandParts<Owner>,
  account: AccountCredit<Owner>,
): boolean | Promise<boolean> {
  const { current, surplusNanoUsd } = account
  account.surplusNanoUsd = zeroNanoUsd
  if (current === null) return true
  const amountNanoUsd = smallerNanoUsd(surplusNanoUsd, freeOf(current))
  return amountNanoUsd <= 0n || giveBack(parts, current, amountNanoUsd)
}

/** Takes the amount out of the lease before anything is sent: it cannot be reserved any more. */
function giveBack<Owner extends string>(
  parts: ErrandParts<Owner>,
  lease: Lease<Owner>,
  amountNanoUsd: NanoUsd,
): Promise<boolean> {
  assert(amountNanoUsd <= freeOf(lease), 'only what is free is given back')
  lease.grantedNanoUsd = nanoUsd(lease.grantedNanoUsd - amountNanoUsd)
  lease.returnCount += 1
  lease.pendingReturn = { returnNumber: lease.returnCount, amountNanoUsd }
  return sendReturn(parts, lease)
}

async function sendReturn<Owner extends string>(
  parts: ErrandParts<Owner>,
  lease: Lease<Owner>,
): Promise<boolean> {
  const { store, link, nodeId, epoch } = parts
  const { pendingReturn } = lease
  if (pendingReturn === null) return true
  const request = { leaseId: lease.id, nodeId, epoch, ...pendingReturn, close: false }
  const result = await link.call('giveBack', () => store.giveBack(request))
  if (result.kind === 'failed') return false
  lease.pendingReturn = null
  return true
}

async function close<Owner extends string>(
  parts: ErrandParts<Owner>,
  account: AccountCredit<Owner>,
  lease: Lease<Owner>,
): Promise<boolean> {
  const { store, link, nodeId, epoch } = parts
  const request = {
    leaseId: lease.id,
    nodeId,
    epoch,
    returnNumber: lease.returnCount + 1,
    amountNanoUsd: zeroNanoUsd,
    close: true,
  }
  const result = await link.call('giveBack', () => store.giveBack(request))
  if (result.kind === 'failed') return false
  account.retired = account.retired.filter((other) => other !== lease)
  return true
}
