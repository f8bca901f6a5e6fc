import { randomBytes } from 'node:crypto'

import { describe, expect, test } from 'vitest'

import { makeAccountId, makeGenerationId, makeNodeId } from '#domain/identifiers.ts'

import type { IdempotencyClaim, IdempotencyStore, RepeatableAnswer } from './idempotency.ts'

const dayMs = 24 * 60 * 60_000

/** A claim of a fresh key of a fresh account. */
export function newClaim(members: Partial<IdempotencyClaim> = {}): IdempotencyClaim {
  return {
    accountId: makeAccountId(randomBytes),
    keyHash: Uint8Array.from(randomBytes(32)),
    fingerprint: Uint8Array.from(randomBytes(32)),
    generationId: makeGenerationId(Date.now(), randomBytes),
    nodeId: makeNodeId(randomBytes),
    ttlMs: dayMs,
    ...members,
  }
}

/** An answer to it, with a sealed body of random bytes. */
export function newAnswer({ generationId }: IdempotencyClaim): RepeatableAnswer {
  return {
    generationId,
    status: 200,
    headers: ['content-type', 'application/json', 'x-generation-id', generationId],
    sealed: {
      keyVersion: 1,
      proof: Uint8Array.from(randomBytes(60)),
      body: Uint8Array.from(randomBytes(500)),
    },
  }
}

/** What every store of repeatable answers promises. */
export function idempotencyStoreConformance(
  name: string,
  makeStore: () => Promise<IdempotencyStore>,
): void {
  const elsewhere = () => ({
    nodeId: makeNodeId(randomBytes),
    generationId: makeGenerationId(Date.now(), randomBytes),
  })

  describe(`${name}: idempotency keys`, () => {
    test('of nodes that race for a key, one gets it and the others learn that it is in use', async () => {
      const store = await makeStore()
      const claim = newClaim()
      const results = await Promise.all(
        Array.from({ length: 10 }, () => store.claim({ ...claim, ...elsewhere() })),
      )
      const kinds = results.map(({ kind }) => kind).sort()
      expect(kinds).toEqual(['claimed', ...Array.from({ length: 9 }, () => 'in_use')])
    })

    test('a kept answer comes back byte for byte, on every node, for the rest of its time', async () => {
      const store = await makeStore()
      const claim = newClaim()
      const answer = newAnswer(claim)
      await store.claim(claim)
      expect(await store.keep({ ...claim, answer })).toBe(true)
      const result = await store.claim({ ...claim, ...elsewhere() })
      expect(result).toMatchObject({ kind: 'answered', answer })
      const leftMs = result.kind === 'answered' ? result.leftMs : 0
      expect(leftMs).toBeGreaterThan(dayMs - 60_000)
      expect(leftMs).toBeLessThanOrEqual(dayMs)
      expect(await store.claim(claim)).toMatchObject({ kind: 'answered', answer })
    })

    test('an answer whose text must not be kept leaves a row without it', async () => {
      const store = await makeStore()
      const claim = newClaim()
      const answer = { ...newAnswer(claim), sealed: null }
      await store.claim(claim)
      await store.keep({ ...claim, answer })
      expect(await store.claim(claim)).toMatchObject({ kind: 'answered', answer })
    })

    test('an answer is kept even where its claim could not be written', async () => {
      const store = await makeStore()
      const claim = newClaim()
      expect(await store.keep({ ...claim, answer: newAnswer(claim) })).toBe(true)
      expect(await store.claim(claim)).toMatchObject({ kind: 'answered' })
    })

    test('another request with the same key is told so, under way and answered', async () => {
      const store = await makeStore()
      const claim = newClaim()
      const other = { ...claim, ...elsewhere(), fingerprint: Uint8Array.from(randomBytes(32)) }
      await store.claim(claim)
      expect(await store.claim(other)).toEqual({ kind: 'other_request' })
      await store.keep({ ...claim, answer: newAnswer(claim) })
      expect(await store.claim(other)).toEqual({ kind: 'other_request' })
    })

    test('the same key of another account is another key', async () => {
      const store = await makeStore()
      const claim = newClaim()
      await store.claim(claim)
      const other = { ...newClaim(), keyHash: claim.keyHash }
      expect(await store.claim(other)).toEqual({ kind: 'claimed' })
    })

    test('a released key is free, and only the request that has it can release it', async () => {
      const store = await makeStore()
      const claim = newClaim()
      const later = { ...claim, ...elsewhere() }
      await store.claim(claim)
      await store.release(later)
      expect(await store.claim(later)).toEqual({ kind: 'in_use' })
      await store.release(claim)
      expect(await store.claim(later)).toEqual({ kind: 'claimed' })
    })

    test('an answer is never released, and never replaced by that of another request', async () => {
      const store = await makeStore()
      const claim = newClaim()
      const answer = newAnswer(claim)
      await store.keep({ ...claim, answer })
      await store.release(claim)
      const later = { ...claim, ...elsewhere() }
      expect(await store.keep({ ...later, answer: newAnswer(later) })).toBe(false)
      expect(await store.claim(later)).toMatchObject({ kind: 'answered', answer })
    })

    test('a node takes back a claim that it left behind itself', async () => {
      const store = await makeStore()
      const claim = newClaim()
      await store.claim(claim)
      const again = { ...claim, generationId: elsewhere().generationId }
      expect(await store.claim(again)).toEqual({ kind: 'claimed' })
      await store.release(claim)
      expect(await store.claim({ ...claim, ...elsewhere() })).toEqual({ kind: 'in_use' })
    })

    test('an expired claim and an expired answer free their key, and are removed', async () => {
      const store = await makeStore()
      await store.removeExpired()
      const dead = newClaim({ ttlMs: 0 })
      const old = newClaim({ ttlMs: 0 })
      const alive = newClaim()
      await store.claim(dead)
      await store.keep({ ...old, answer: newAnswer(old) })
      await store.claim(alive)
      for (const claim of [dead, old]) {
        expect(await store.claim({ ...claim, ...elsewhere() })).toEqual({ kind: 'claimed' })
      }
      expect(await store.removeExpired()).toBe(2)
      expect(await store.removeExpired()).toBe(0)
      expect(await store.claim({ ...alive, ...elsewhere() })).toEqual({ kind: 'in_use' })
    })

    test('erasing an account removes all of its keys and no others', async () => {
      const store = await makeStore()
      const claim = newClaim()
      const other = newClaim()
      for (const each of [claim, other]) await store.keep({ ...each, answer: newAnswer(each) })
      await store.erase(claim.accountId)
      expect(await store.claim({ ...claim, ...elsewhere() })).toEqual({ kind: 'claimed' })
      expect(await store.claim(other)).toMatchObject({ kind: 'answered' })
    })
  })
}
