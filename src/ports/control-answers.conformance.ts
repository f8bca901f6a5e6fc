import { randomBytes } from 'node:crypto'

import { describe, expect, test } from 'vitest'

import type { ControlAnswerStore } from './control-answers.ts'

const nowMs = 1_764_000_000_000
const bytes = () => Uint8Array.from(randomBytes(32))
const newClaim = () => ({
  ...{ actorId: `usr_${randomBytes(6).toString('hex')}`, keyHash: bytes() },
  ...{ fingerprint: bytes(), nowMs, ttlMs: 1_000 },
})

/** What every store of the control API's answers promises. */
export function controlAnswerStoreConformance(
  name: string,
  makeStore: () => Promise<ControlAnswerStore>,
): void {
  describe(`${name}: answers of the control API`, () => {
    test('of many who claim a key at once, one gets it', async () => {
      const store = await makeStore()
      const claim = newClaim()
      const results = await Promise.all(Array.from({ length: 20 }, () => store.claim(claim)))
      expect(results.filter(({ kind }) => kind === 'claimed')).toHaveLength(1)
      expect(results.filter(({ kind }) => kind === 'in_use')).toHaveLength(19)
    })

    test('a kept answer is given again until it expires; another request is told apart', async () => {
      const store = await makeStore()
      const claim = newClaim()
      await store.claim(claim)
      const sealed = bytes()
      await store.keep({ ...claim, status: 201, sealed, expiresAtMs: nowMs + 5_000 })
      const later = { ...claim, nowMs: nowMs + 4_999 }
      expect(await store.claim(later)).toEqual({ kind: 'answered', status: 201, sealed })
      const other = { ...later, fingerprint: bytes() }
      expect(await store.claim(other)).toEqual({ kind: 'other_request' })
      expect(await store.claim({ ...later, actorId: 'usr_other' })).toEqual({ kind: 'claimed' })
      await store.release(claim)
      expect(await store.claim(later)).toMatchObject({ kind: 'answered' })
      expect(await store.claim({ ...claim, nowMs: nowMs + 5_000 })).toEqual({ kind: 'claimed' })
    })

    test('a released key, and one whose claim is too old, are free', async () => {
      const store = await makeStore()
      const [released, dead, purged] = [newClaim(), newClaim(), newClaim()]
      for (const claim of [released, dead, purged]) await store.claim(claim)
      await store.release(released)
      expect(await store.claim(released)).toEqual({ kind: 'claimed' })
      expect(await store.claim({ ...dead, nowMs: nowMs + 1_000 })).toEqual({ kind: 'claimed' })
      await store.removeExpired(nowMs + 1_000)
      expect(await store.claim(purged)).toEqual({ kind: 'claimed' })
    })
  })
}
