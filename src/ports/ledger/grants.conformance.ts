import { randomBytes } from 'node:crypto'

import { describe, expect, test } from 'vitest'

import { makeAccountId, makeGrantId } from '#domain/identifiers.ts'
import { grantNanoUsdMax } from '#domain/limits.ts'
import { nanoUsd, zeroNanoUsd } from '#domain/money.ts'

import {
  type Begin,
  cents,
  giveBackAll,
  newCharge,
  newGrant,
  newLease,
} from './fixture.conformance.ts'

/** What a ledger promises of credit that is granted, expires, or is owed. */
export function grantConformance(begin: Begin): void {
  describe('grants', () => {
    test('credit is there at once, with everything that was said about it', async () => {
      const { ledger, accountId, balanceOf } = await begin(0)
      const given = newGrant(accountId, 500, {
        kind: 'trial',
        priority: 7,
        expiresAt: new Date(Date.now() + 86_400_000),
        note: `for "Ada", {always}, \\ and 🦊`,
      })
      const { effectKey: _, ...visible } = given
      const result = await ledger.grant(given)
      const stored = {
        ...visible,
        remainingNanoUsd: cents(500),
        createdAt: expect.any(Date),
      }
      expect(result).toEqual({ kind: 'granted', grant: stored })
      expect(await ledger.grants(accountId)).toEqual([stored])
      expect(await balanceOf()).toEqual([cents(500), 0n, 0n])
      expect(await ledger.balance(accountId)).toMatchObject({ grantedNanoUsd: cents(500) })
    })

    test('an effect key grants once, and tells what it granted then', async () => {
      const { ledger, accountId, balanceOf } = await begin(0)
      const first = newGrant(accountId, 500)
      await ledger.grant(first)
      const again = newGrant(accountId, 900, { effectKey: first.effectKey })
      const { effectKey: _, ...visible } = first
      expect(await ledger.grant(again)).toMatchObject({ kind: 'duplicate', grant: visible })
      expect(await balanceOf()).toEqual([cents(500), 0n, 0n])
    })

    test('of many that race with one effect key, on several accounts, one grants', async () => {
      const { ledger, accountId, makeAccount } = await begin(0)
      const accounts = [accountId, await makeAccount(), await makeAccount()]
      const effectKey = `trial_card:${makeGrantId(randomBytes)}`
      const results = await Promise.all(
        accounts.flatMap((id) =>
          [1, 2, 3].map(() => ledger.grant(newGrant(id, 500, { effectKey }))),
        ),
      )
      expect(results.filter((result) => result.kind === 'granted')).toHaveLength(1)
      expect(results.filter((result) => result.kind === 'duplicate')).toHaveLength(8)
      const balances = await Promise.all(accounts.map((id) => ledger.balance(id)))
      const sum = balances.reduce((total, one) => total + (one?.availableNanoUsd ?? 0n), 0n)
      expect(sum).toBe(cents(500))
    })

    test('an unknown account is granted nothing and has no balance', async () => {
      const { ledger } = await begin(0)
      const unknown = makeAccountId(randomBytes)
      expect(await ledger.grant(newGrant(unknown, 500))).toEqual({ kind: 'account_unknown' })
      expect(await ledger.balance(unknown)).toBeUndefined()
      expect(await ledger.grants(unknown)).toEqual([])
      expect(await ledger.statement(unknown, 10)).toEqual([])
    })

    test('an account without history has a balance of zero', async () => {
      const { balanceOf } = await begin(0)
      expect(await balanceOf()).toEqual([0n, 0n, 0n])
    })

    test('a suspended account can be granted credit', async () => {
      const { ledger, accountId } = await begin(0, 'suspended')
      expect(await ledger.grant(newGrant(accountId, 500))).toMatchObject({ kind: 'granted' })
    })

    test.each([
      ['of zero', { amountNanoUsd: zeroNanoUsd }, 'above zero'],
      ['below zero', { amountNanoUsd: nanoUsd(-1n) }, 'above zero'],
      ['too large', { amountNanoUsd: nanoUsd(grantNanoUsdMax + 1n) }, 'at most'],
      ['of a negative priority', { priority: -1 }, 'priority'],
      ['of a fractional priority', { priority: 1.5 }, 'priority'],
      ['without an effect key', { effectKey: '' }, 'effect key'],
      ['under a key of the ledger itself', { effectKey: 'settle:gen-1' }, 'reserved'],
      ['of an expiry that is no time', { expiresAt: new Date(Number.NaN) }, 'not a time'],
    ])('a grant %s posts nothing', async (_, overrides, complaint) => {
      const { ledger, accountId, balanceOf } = await begin(0)
      const grant = newGrant(accountId, 500, overrides)
      await expect(ledger.grant(grant)).rejects.toThrow(complaint)
      expect(await balanceOf()).toEqual([0n, 0n, 0n])
      expect(await ledger.grants(accountId)).toEqual([])
    })

    test('the largest grant is exact to the last nano-dollar', async () => {
      const { ledger, accountId, balanceOf } = await begin(0)
      await ledger.grant(newGrant(accountId, 0, { amountNanoUsd: grantNanoUsdMax }))
      await ledger.grant(newGrant(accountId, 0, { amountNanoUsd: nanoUsd(1n) }))
      expect(await balanceOf()).toEqual([grantNanoUsdMax + 1n, 0n, 0n])
    })
  })

  describe('expiry', () => {
    async function beginWithTrial(trialCents: number, paidCents: number) {
      const begun = await begin(paidCents)
      const expiresAt = new Date(Date.now() + 60_000)
      const { id } = newGrant(begun.accountId, 1)
      const trial = { id, kind: 'trial', priority: 100, expiresAt } as const
      await begun.ledger.grant(newGrant(begun.accountId, trialCents, trial))
      const left = async () =>
        (await begun.ledger.grants(begun.accountId)).find((one) => one.id === id)?.remainingNanoUsd
      return { ...begun, left }
    }

    test('what is left of an expired grant ends once, however often and widely it is asked', async () => {
      const { ledger, accountId, letTimePass, left, balanceOf } = await beginWithTrial(100, 500)
      await letTimePass(61_000)
      const ended = await Promise.all([1, 2, 3, 4].map(() => ledger.expireGrants()))
      expect(ended.reduce((sum, count) => sum + count, 0)).toBe(1)
      expect(await left()).toBe(0n)
      expect(await balanceOf()).toEqual([cents(500), 0n, 0n])
      const expiries = (await ledger.statement(accountId, 10)).filter(
        (line) => line.kind === 'expiry',
      )
      expect(expiries).toMatchObject([{ availableNanoUsd: cents(-100), heldNanoUsd: 0n }])
    })

    test('an expired grant is not in the balance, and is not lent', async () => {
      const { ledger, claim, letTimePass, balanceOf } = await beginWithTrial(100, 500)
      await letTimePass(61_000)
      expect(await ledger.lease(newLease(claim, 501))).toMatchObject({
        kind: 'insufficient',
        availableNanoUsd: cents(500),
      })
      expect(await balanceOf()).toEqual([cents(500), 0n, 0n])
    })

    test('a balance that is read ends what has expired', async () => {
      const { letTimePass, balanceOf, left } = await beginWithTrial(100, 0)
      await letTimePass(61_000)
      expect(await balanceOf()).toEqual([0n, 0n, 0n])
      expect(await left()).toBe(0n)
    })

    test('what nodes hold is not expired until they give it back', async () => {
      const { ledger, takeLease, letTimePass, left, balanceOf } = await beginWithTrial(100, 500)
      const lease = await takeLease(70)
      await letTimePass(61_000)
      expect(await ledger.expireGrants()).toBe(0)
      expect(await left()).toBe(cents(70))
      expect(await balanceOf()).toEqual([cents(500), cents(70), 0n])
      await ledger.settle([newCharge(lease, 20)])
      expect(await left()).toBe(cents(50))
      await ledger.giveBack({ ...giveBackAll(lease), close: true })
      expect(await ledger.expireGrants()).toBe(1)
      expect(await left()).toBe(0n)
      expect(await balanceOf()).toEqual([cents(500), 0n, cents(20)])
    })

    test('held credit covers the first grants in order, so a later one that expired ends', async () => {
      const { ledger, accountId, letTimePass, takeLease, balanceOf } = await begin(0)
      const expiresAt = new Date(Date.now() + 60_000)
      await ledger.grant(newGrant(accountId, 50, { priority: 1 }))
      await ledger.grant(newGrant(accountId, 50, { priority: 2, expiresAt }))
      await takeLease(70)
      await letTimePass(61_000)
      expect(await ledger.expireGrants()).toBe(0)
      expect(await balanceOf()).toEqual([0n, cents(70), 0n])
    })

    test('a grant that was spent to the end does not expire', async () => {
      const { ledger, takeLease, letTimePass } = await beginWithTrial(100, 0)
      await ledger.settle([newCharge(await takeLease(100), 100)])
      await letTimePass(61_000)
      expect(await ledger.expireGrants()).toBe(0)
    })

    test('a grant that comes too late is never lent', async () => {
      const { ledger, accountId, claim } = await begin(0)
      const expiresAt = new Date(Date.now() - 60_000)
      expect(await ledger.grant(newGrant(accountId, 5, { expiresAt }))).toMatchObject({
        kind: 'granted',
      })
      expect(await ledger.lease(newLease(claim, 1))).toMatchObject({ availableNanoUsd: 0n })
    })
  })

  describe('debt', () => {
    test('available goes below zero by labelled charges, and the next grant pays first', async () => {
      const { ledger, accountId, claim, balanceOf } = await begin(10)
      await ledger.settle([newCharge({ ...claim, leaseId: null }, 35)])
      expect(await balanceOf()).toEqual([cents(-25), 0n, cents(35)])
      expect(await ledger.lease(newLease(claim, 1))).toMatchObject({
        kind: 'insufficient',
        availableNanoUsd: cents(-25),
      })
      const small = newGrant(accountId, 20)
      await ledger.grant(small)
      const large = newGrant(accountId, 100)
      const result = await ledger.grant(large)
      expect(result).toMatchObject({ grant: { remainingNanoUsd: cents(95) } })
      expect(await balanceOf()).toEqual([cents(95), 0n, cents(35)])
      expect(await ledger.balance(accountId)).toMatchObject({ grantedNanoUsd: cents(130) })
      const left = (await ledger.grants(accountId)).map((grant) => grant.remainingNanoUsd)
      expect(left).toEqual([cents(95), 0n, 0n])
    })

    test('a late charge takes what is lent elsewhere into account: no debt while credit is held', async () => {
      const { ledger, accountId, claim, takeLease, balanceOf } = await begin(100)
      const lease = await takeLease(100)
      await ledger.settle([newCharge({ ...claim, leaseId: null }, 30)])
      expect(await balanceOf()).toEqual([cents(-30), cents(100), cents(30)])
      await ledger.settle([newCharge(lease, 90)])
      expect(await balanceOf()).toEqual([cents(-30), cents(10), cents(120)])
      await ledger.giveBack({ ...giveBackAll(lease), close: true })
      expect(await balanceOf()).toEqual([cents(-20), 0n, cents(120)])
      await ledger.grant(newGrant(accountId, 50))
      expect(await balanceOf()).toEqual([cents(30), 0n, cents(120)])
    })
  })

  describe('statement', () => {
    test('newest first, with the effect on the account’s own books', async () => {
      const { ledger, accountId, takeLease } = await begin(500)
      const lease = await takeLease(200)
      const charge = newCharge(lease, 30)
      await ledger.settle([charge])
      await ledger.giveBack({ ...giveBackAll(lease), close: true })
      const lines = await ledger.statement(accountId, 10)
      expect(lines).toMatchObject([
        { kind: 'give_back', availableNanoUsd: cents(170), heldNanoUsd: cents(-170) },
        { kind: 'settle', availableNanoUsd: 0n, heldNanoUsd: cents(-30) },
        { kind: 'lease', availableNanoUsd: cents(-200), heldNanoUsd: cents(200) },
        { kind: 'grant', availableNanoUsd: cents(500), heldNanoUsd: 0n },
      ])
      expect(lines.map((line) => line.effectKey)).toEqual([
        `close:${lease.leaseId}`,
        `settle:${charge.chargeId}`,
        `lease:${lease.leaseId}:${cents(200)}`,
        expect.stringMatching(/^test:grant_/),
      ])
      expect(new Set(lines.map((line) => line.transactionId)).size).toBe(4)
      expect(lines.every((line) => line.at instanceof Date)).toBe(true)
      expect(await ledger.statement(accountId, 2)).toEqual(lines.slice(0, 2))
    })
  })
}
