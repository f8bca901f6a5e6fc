import { leasesRenewedPerCallMax } from '#domain/limits.ts'
import { largerNanoUsd, nanoUsd, smallerNanoUsd, zeroNanoUsd } from '#domain/money.ts'

import { type AccountCredit, followSpending, isIdle, leasesOf } from './account-credit.ts'
import { type ErrandParts, renewLeases, serveAccount } from './lease-errands.ts'
import { freeOf, type Lease } from './lease.ts'
import type { ReportProblem } from './problem.ts'

/** What the rounds are made with. */
export interface RoundParts<Owner extends string> extends ErrandParts<Owner> {
  readonly report: ReportProblem
}

/**
 * Goes round all accounts at every tick: refuses who waited too long, follows spending, returns what was
 * not needed, renews what is in use, closes what is quiet, and now and then takes back what vanished
 * nodes left. The returned function ends the rounds.
 */
export function startRounds<Owner extends string>(parts: RoundParts<Owner>): () => void {
  const { clock, policy } = parts
  let isRenewing = false
  let reclaimedAtMs = clock.monotonicMs()
  let cancel = (): void => {}
  const round = (): void => {
    const nowMs = clock.monotonicMs()
    for (const account of parts.book.accounts) visit(parts, account, nowMs)
    if (!isRenewing && parts.link.mayCall()) {
      isRenewing = true
      void renewDue(parts, nowMs).finally(() => (isRenewing = false))
    }
    if (nowMs - reclaimedAtMs >= policy.leaseReclaimIntervalMs) {
      reclaimedAtMs = nowMs
      void reclaim(parts)
    }
    cancel = clock.after(policy.creditTickMs, round)
  }
  cancel = clock.after(policy.creditTickMs, round)
  return () => cancel()
}

function visit<Owner extends string>(
  parts: RoundParts<Owner>,
  account: AccountCredit<Owner>,
  nowMs: number,
): void {
  const { book, policy } = parts
  const waitedTooLongMs = nowMs - policy.admissionWaitMaxMs
  account.waiters = account.waiters.filter((waiter) => {
    if (waiter.sinceMs > waitedTooLongMs) return true
    waiter.answer({ kind: 'unavailable' })
    return false
  })
  followSpending(account, nowMs, policy)
  if (!account.isBusy && parts.link.mayCall()) noteSurplus(parts, account, nowMs)
  const isLeft = leasesOf(account).length > 0 || account.waiters.length > 0 || account.isBusy
  if (isLeft) void serveAccount(parts, account)
  else if (nowMs - account.recallAskedAtMs >= policy.recallIntervalMs) book.forget(account)
}

/**
 * What is free on an idle account, and what was free throughout a whole window on a busy one, was not needed:
 * it goes back, so that it can be used elsewhere.
 */
function noteSurplus<Owner extends string>(
  { book, policy }: RoundParts<Owner>,
  account: AccountCredit<Owner>,
  nowMs: number,
): void {
  const { current } = account
  if (current === null) return
  const free = freeOf(current)
  if (isIdle(account, nowMs, policy)) {
    if (current.underWayCount === 0 && current.unsettledCount === 0) book.retire(account)
    else account.surplusNanoUsd = largerNanoUsd(free, zeroNanoUsd)
  } else if (nowMs - account.windowStartMs >= policy.leaseIdleMs) {
    const least = smallerNanoUsd(account.leastFreeNanoUsd, free)
    const surplus = nanoUsd(least - account.lowWaterNanoUsd * 2n)
    if (surplus * 4n > current.grantedNanoUsd) account.surplusNanoUsd = surplus
  } else return
  account.windowStartMs = nowMs
  account.leastFreeNanoUsd = free
}

async function renewDue<Owner extends string>(
  parts: RoundParts<Owner>,
  nowMs: number,
): Promise<void> {
  const due: Lease<Owner>[] = []
  for (const account of parts.book.accounts) {
    for (const lease of leasesOf(account)) {
      const isConfirmed = lease.renewedAtMs !== -Infinity
      const isOld = nowMs - lease.renewedAtMs >= parts.policy.leaseRenewAfterMs
      if (lease.status !== 'ended' && isConfirmed && isOld) due.push(lease)
    }
  }
  for (let at = 0; at < due.length; at += leasesRenewedPerCallMax) {
    await renewLeases(parts, due.slice(at, at + leasesRenewedPerCallMax))
  }
}

async function reclaim<Owner extends string>({
  store,
  link,
  policy,
  report,
}: RoundParts<Owner>): Promise<void> {
  const result = await link.call('reclaimExpired', () => store.reclaimExpired(policy.leaseGraceMs))
  if (result.kind === 'done' && result.value > 0) {
    report({ kind: 'leases_reclaimed', count: result.value })
  }
}
