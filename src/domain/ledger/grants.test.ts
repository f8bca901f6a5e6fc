import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { effectKeyLengthMax, grantNanoUsdMax, grantPriorityMax } from '#domain/limits.ts'
import { nanoUsd } from '#domain/money.ts'

import {
  compareGrants,
  defaultGrantPriority,
  findGrantMistake,
  type GrantState,
  isExpired,
  makeDrawDown,
} from './grants.ts'

const someTime = fc.integer({ min: 0, max: 3 }).map((day) => new Date(day * 86_400_000))

/** Grants that differ in little, so that every rule of the order decides somewhere. */
const someGrants: fc.Arbitrary<GrantState[]> = fc
  .array(
    fc.record({
      priority: fc.integer({ min: 0, max: 2 }),
      expiresAt: fc.option(someTime, { nil: null }),
      createdAt: someTime,
      remainingNanoUsd: fc.bigInt({ min: 0n, max: 50n }).map(nanoUsd),
    }),
    { maxLength: 8 },
  )
  .map((grants) => grants.map((grant, index) => ({ ...grant, id: `grant_${index}` as const })))

describe('the order of spending', () => {
  const base: GrantState = {
    id: 'grant_b',
    priority: 5,
    expiresAt: new Date(1_000),
    createdAt: new Date(100),
    remainingNanoUsd: nanoUsd(1n),
  }

  test.each([
    ['a lower priority, whatever else', { priority: 4, expiresAt: null, createdAt: new Date(900) }],
    [
      'the same priority and an earlier expiry',
      { expiresAt: new Date(999), createdAt: new Date(900) },
    ],
    ['the same priority and expiry, and an earlier grant', { createdAt: new Date(99) }],
    ['everything the same, and a smaller id', { id: 'grant_a' as const }],
  ])('comes first: %s', (_, change) => {
    expect(compareGrants({ ...base, ...change }, base)).toBeLessThan(0)
    expect(compareGrants(base, { ...base, ...change })).toBeGreaterThan(0)
  })

  test('a grant that never expires comes after every one that does', () => {
    const never = { ...base, expiresAt: null }
    expect(compareGrants(base, never)).toBeLessThan(0)
    expect(compareGrants(never, base)).toBeGreaterThan(0)
    expect(compareGrants(never, { ...never, id: 'grant_c' })).toBeLessThan(0)
  })

  test('is total: sorting any arrangement gives the same list', () => {
    fc.assert(
      fc.property(
        someGrants.chain((grants) =>
          fc.tuple(fc.constant(grants), fc.shuffledSubarray(grants, { minLength: grants.length })),
        ),
        ([grants, shuffled]) => {
          expect(shuffled.toSorted(compareGrants)).toEqual(grants.toSorted(compareGrants))
        },
      ),
    )
  })

  test('gifts are spent before paid money, unless somebody decides otherwise', () => {
    const { trial, promotional, paid } = defaultGrantPriority
    expect(trial).toBeLessThan(promotional)
    expect(promotional).toBeLessThan(paid)
  })
})

describe('drawing down', () => {
  const someAmounts = fc.array(fc.bigInt({ min: 1n, max: 60n }).map(nanoUsd), { maxLength: 6 })

  test('every amount comes out whole, the last part of it as debt if need be', () => {
    fc.assert(
      fc.property(someGrants, someAmounts, (grants, amounts) => {
        const draw = makeDrawDown(grants)
        for (const amount of amounts) {
          const entries = draw('held', amount)
          expect(entries.reduce((sum, entry) => sum - entry.amountNanoUsd, 0n)).toBe(amount)
          expect(entries.every((entry) => entry.amountNanoUsd < 0n)).toBe(true)
          expect(entries.slice(0, -1).every((entry) => entry.grantId !== null)).toBe(true)
        }
      }),
    )
  })

  test('one nano-dollar after the other comes from the first grant with something left', () => {
    fc.assert(
      fc.property(someGrants, someAmounts, (grants, amounts) => {
        const draw = makeDrawDown(grants)
        const drawn = amounts.flatMap((amount) => draw('available', amount))
        const inUnits = drawn.flatMap((entry) =>
          Array.from({ length: Number(-BigInt(entry.amountNanoUsd)) }, () => entry.grantId),
        )
        const expected = grants
          .toSorted(compareGrants)
          .flatMap((grant) =>
            Array.from({ length: Number(BigInt(grant.remainingNanoUsd)) }, () => grant.id),
          )
        const count = inUnits.length
        const owed = Array.from({ length: Math.max(0, count - expected.length) }, () => null)
        expect(inUnits).toEqual([...expected.slice(0, count), ...owed])
      }),
    )
  })

  test('without grants everything is debt', () => {
    expect(makeDrawDown([])('available', nanoUsd(7n))).toEqual([
      { book: 'available', amountNanoUsd: -7n, grantId: null },
    ])
  })
})

describe('expiry', () => {
  test('a grant is over from the millisecond of its expiry on', () => {
    const grant = { expiresAt: new Date(1_000) }
    expect([999, 1_000, 1_001].map((nowMs) => isExpired(grant, nowMs))).toEqual([false, true, true])
    expect(isExpired({ expiresAt: null }, Number.MAX_SAFE_INTEGER)).toBe(false)
  })
})

describe('a proposed grant', () => {
  const good = {
    accountId: 'acct_1',
    amountNanoUsd: nanoUsd(1n),
    priority: 0,
    expiresAt: null,
    effectKey: 'topup:1',
  } as const

  test('has no mistake at its limits', () => {
    expect(findGrantMistake(good)).toBeUndefined()
    expect(
      findGrantMistake({
        ...good,
        amountNanoUsd: grantNanoUsdMax,
        priority: grantPriorityMax,
        effectKey: 'x'.repeat(effectKeyLengthMax),
      }),
    ).toBeUndefined()
  })

  test.each([
    [{ amountNanoUsd: nanoUsd(0n) }, 'above zero; it is 0.'],
    [{ amountNanoUsd: nanoUsd(-1n) }, 'above zero; it is -0.000000001.'],
    [
      { amountNanoUsd: nanoUsd(grantNanoUsdMax + 1n) },
      'at most 1000000 USD; it is 1000000.000000001.',
    ],
    [{ priority: -1 }, 'whole number from 0 to 1000; it is -1.'],
    [{ priority: 1_001 }, 'it is 1001.'],
    [{ priority: Number.NaN }, 'it is NaN.'],
    [{ expiresAt: new Date(Number.NaN) }, 'The expiry is not a time.'],
    [{ effectKey: '' }, 'it has 0.'],
    [{ effectKey: 'x'.repeat(effectKeyLengthMax + 1) }, 'it has 201.'],
    [{ effectKey: 'settle:gen-1' }, '"settle:gen-1" has a reserved beginning.'],
  ])('%o names its mistake and its value', (change, complaint) => {
    expect(findGrantMistake({ ...good, ...change })).toContain(complaint)
  })
})
