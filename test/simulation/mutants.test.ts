import { describe, expect, test } from 'vitest'

import { mutants } from './mutants.ts'
import { simulateSeed } from './simulate-seed.ts'

/** A mistake that is not noticed within this many worlds counts as not noticed. */
const seedsMax = 80

describe('every deliberate mistake is noticed, as the promise that it breaks', () => {
  test('there are at least 20 of them, each with a name of its own', () => {
    expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length)
    expect(mutants.length).toBeGreaterThanOrEqual(20)
  })

  for (const mutant of mutants) {
    test(mutant.name, { timeout: 120_000 }, async () => {
      for (let seed = 1; seed <= seedsMax; seed++) {
        const { violation } = await simulateSeed(seed, mutant)
        if (violation === null) continue
        expect(mutant.breaks, violation.stack).toContain(violation.invariant)
        return
      }
      expect.fail(`not noticed in ${seedsMax} worlds`)
    })
  }
})
