import { describe, expect, test } from 'vitest'

import { nanoUsd } from '#domain/money.ts'

import {
  aheadOf,
  comingBackTo,
  followSpending,
  makeAccountCredit,
  spendableOf,
  wantedOf,
} from './account-credit.ts'
import { makeLease } from './lease.ts'
import { creditPolicy } from './policy.ts'

function accountWith(available: bigint | null, reserved = 0n) {
  const account = makeAccountCredit('acct_1', 0)
  account.availableNanoUsd = available === null ? null : nanoUsd(available)
  const lease = makeLease('lease_1', 'acct_1')
  lease.grantedNanoUsd = nanoUsd(reserved)
  lease.reservedNanoUsd = nanoUsd(reserved)
  account.current = lease
  return account
}

function wanted(account: ReturnType<typeof accountWith>, need: bigint, largest = need): bigint {
  const sizes = { needNanoUsd: nanoUsd(need), largestBoundNanoUsd: nanoUsd(largest) }
  return wantedOf(account, sizes, creditPolicy)
}

const usd = 1_000_000_000n

describe('the size of a lease', () => {
  test('is what is needed while nothing is known of the account', () => {
    expect(wanted(accountWith(null, 100n), 7n)).toBe(7n)
  })

  test('is exactly what is needed when the account has less than four bounds left', () => {
    expect(wanted(accountWith(4n * usd - 1n, 50n * usd), usd)).toBe(usd)
  })

  test('doubles with what is under way, so that a rush needs few calls', () => {
    expect(wanted(accountWith(1_000n * usd, usd / 2n), usd / 100n)).toBe(usd / 2n)
  })

  test('looks ahead at the recent rate of spending', () => {
    const account = accountWith(1_000n * usd)
    account.spentNanoUsd = nanoUsd(usd / 100n)
    followSpending(account, 1_000, creditPolicy)
    expect(aheadOf(account, creditPolicy)).toBe((usd / 100n) * 60n)
    expect(wanted(account, 1n)).toBe((usd / 100n) * 60n)
    expect(account.lowWaterNanoUsd).toBe((usd / 100n) * 30n)
  })

  test('is never more than 2 USD, nor a twentieth of the balance, ahead of need', () => {
    expect(wanted(accountWith(1_000n * usd, 500n * usd), 1n)).toBe(2n * usd)
    expect(wanted(accountWith(10n * usd, 500n * usd), 1n)).toBe(usd / 2n)
    expect(wanted(accountWith(10_000n * usd, 0n), 30n * usd)).toBe(30n * usd)
  })

  test('forgets a rush slowly and notices one at once', () => {
    const account = accountWith(1_000n * usd)
    account.spentNanoUsd = nanoUsd(1_000n)
    followSpending(account, 1_000, creditPolicy)
    expect(account.spendRate).toBe(1)
    followSpending(account, 2_000, creditPolicy)
    expect(account.spendRate).toBeCloseTo(0.8)
    followSpending(account, 2_000, creditPolicy)
    expect(account.spendRate).toBeCloseTo(0.8)
  })
})

describe('what an account can spend', () => {
  test('is what is free here and what the store has', () => {
    const account = accountWith(30n)
    if (account.current) account.current.grantedNanoUsd = nanoUsd(12n)
    expect(spendableOf(account)).toBe(42n)
  })

  test('is not lessened by a lease that was overdrawn', () => {
    const account = accountWith(30n)
    if (account.current) account.current.usedNanoUsd = nanoUsd(12n)
    expect(spendableOf(account)).toBe(30n)
  })

  test('what comes back counts every lease', () => {
    const account = accountWith(0n)
    const retired = makeLease('lease_2', 'acct_1')
    retired.status = 'retired'
    retired.grantedNanoUsd = nanoUsd(9n)
    account.retired.push(retired)
    if (account.current) account.current.strayNanoUsd = nanoUsd(4n)
    expect(comingBackTo(account)).toBe(13n)
  })
})
