import { describe, expect, test } from 'vitest'

import { nanoUsd } from '#domain/money.ts'

import { comingBackFrom, confirm, freeOf, isQuiet, isUsable, makeLease } from './lease.ts'

const life = { ttlMs: 60_000, marginMs: 5_000 }

function clockAt(monotonicMs: number, wallMs: number) {
  return { monotonicMs: () => monotonicMs, nowMs: () => wallMs, after: () => () => {} }
}

function leaseOf(granted: bigint, used: bigint, reserved: bigint) {
  const lease = makeLease('lease_1', 'acct_1')
  lease.grantedNanoUsd = nanoUsd(granted)
  lease.usedNanoUsd = nanoUsd(used)
  lease.reservedNanoUsd = nanoUsd(reserved)
  return lease
}

describe('how long a lease may be used', () => {
  test('not at all before the store confirmed it', () => {
    expect(isUsable(makeLease('lease_1', 'acct_1'), clockAt(0, 0))).toBe(false)
  })

  test('until its time less the margin, counted from before it was asked for', () => {
    const lease = makeLease('lease_1', 'acct_1')
    confirm(lease, { sentAt: { monotonicMs: 1_000, wallMs: 1e12 }, ...life })
    expect(isUsable(lease, clockAt(55_999, 1e12))).toBe(true)
    expect(isUsable(lease, clockAt(56_000, 1e12))).toBe(false)
  })

  test('a wall clock that ran ahead while the machine was suspended ends it, one set back does not', () => {
    const lease = makeLease('lease_1', 'acct_1')
    confirm(lease, { sentAt: { monotonicMs: 0, wallMs: 1e12 }, ...life })
    expect(isUsable(lease, clockAt(10, 1e12 + 3_600_000))).toBe(false)
    expect(isUsable(lease, clockAt(10, 1e12 - 3_600_000))).toBe(true)
  })

  test('an answer that comes late, to an older question, does not shorten it', () => {
    const lease = makeLease('lease_1', 'acct_1')
    confirm(lease, { sentAt: { monotonicMs: 30_000, wallMs: 1e12 }, ...life })
    confirm(lease, { sentAt: { monotonicMs: 10_000, wallMs: 1e12 }, ...life })
    expect(isUsable(lease, clockAt(84_999, 1e12))).toBe(true)
  })

  test('never once it is retired', () => {
    const lease = makeLease('lease_1', 'acct_1')
    confirm(lease, { sentAt: { monotonicMs: 0, wallMs: 0 }, ...life })
    lease.status = 'retired'
    expect(isUsable(lease, clockAt(1, 1))).toBe(false)
  })
})

describe('what a lease has left', () => {
  test('is what was granted, less what is used and what is reserved', () => {
    expect(freeOf(leaseOf(100n, 30n, 50n))).toBe(20n)
  })

  test('is below zero when a request cost more than its bound', () => {
    expect(freeOf(leaseOf(100n, 120n, 0n))).toBe(-20n)
  })

  test('comes back when it is retired, with what is being returned and what may have strayed', () => {
    const lease = leaseOf(100n, 30n, 50n)
    lease.pendingReturn = { returnNumber: 1, amountNanoUsd: nanoUsd(7n) }
    lease.strayNanoUsd = nanoUsd(5n)
    expect(comingBackFrom(lease)).toBe(12n)
    lease.status = 'retired'
    expect(comingBackFrom(lease)).toBe(32n)
  })

  test('is quiet only when nothing is under way, nothing unsettled and no call can still land', () => {
    const lease = leaseOf(100n, 0n, 0n)
    expect(isQuiet(lease, 0)).toBe(true)
    expect(isQuiet({ ...lease, underWayCount: 1 }, 0)).toBe(false)
    expect(isQuiet({ ...lease, unsettledCount: 1 }, 0)).toBe(false)
    expect(isQuiet({ ...lease, strayUntilMs: 10 }, 9)).toBe(false)
  })
})
