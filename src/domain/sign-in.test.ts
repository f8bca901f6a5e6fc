import { randomBytes } from 'node:crypto'

import { describe, expect, test } from 'vitest'

import {
  challengeTriesMax,
  longCodeLength,
  shortCodeLength,
  shortCodeTriesPer30DaysMax,
  shortCodeTriesPerHourMax,
} from './limits.ts'
import {
  decideChallenge,
  formatCode,
  makeCode,
  normalizeCode,
  shortTries30DaysMs,
  shortTriesHourMs,
  type ChallengeTally,
} from './sign-in.ts'

describe('a code', () => {
  /** Upper 1 % points of chi-square, by degrees of freedom. */
  const critical = { 9: 21.666, 31: 52.191, 999: 1_105.917 } as const

  function chiSquare(counts: ReadonlyMap<string, number>, kinds: number, total: number): number {
    const expected = total / kinds
    let sum = (kinds - counts.size) * expected
    for (const count of counts.values()) sum += (count - expected) ** 2 / expected
    return sum
  }

  test('favours no digit at any place and no three-digit beginning, over a million codes', () => {
    const total = 1_000_000
    const byPlace = Array.from({ length: shortCodeLength }, () => new Map<string, number>())
    const byStart = new Map<string, number>()
    for (let index = 0; index < total; index += 1) {
      const code = makeCode('short', randomBytes)
      for (const [place, counts] of byPlace.entries()) {
        const digit = code.charAt(place)
        counts.set(digit, (counts.get(digit) ?? 0) + 1)
      }
      const start = code.slice(0, 3)
      byStart.set(start, (byStart.get(start) ?? 0) + 1)
    }
    const values = byPlace.map((counts) => chiSquare(counts, 10, total))
    const start = chiSquare(byStart, 1_000, total)
    console.log(
      'chi-square by place',
      values.map((one) => one.toFixed(2)).join(' '),
      'start',
      start,
    )
    // Seven looks at a fair source: one of them alone is above its 1 % point in 7 % of runs, two in 0.2 %.
    const above = values.filter((one) => one > critical[9]).length + Number(start > critical[999])
    expect(above).toBeLessThan(2)
    for (const value of values) expect(value).toBeLessThan(45)
  }, 120_000)

  test('of ten characters has fifty bits, of letters that are told apart', () => {
    const total = 100_000
    const counts = new Map<string, number>()
    for (let index = 0; index < total / longCodeLength; index += 1) {
      const code = makeCode('long', randomBytes)
      expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{10}$/)
      for (const character of code) counts.set(character, (counts.get(character) ?? 0) + 1)
    }
    expect(counts.size).toBe(32)
    expect(chiSquare(counts, 32, total)).toBeLessThan(80)
    expect(longCodeLength * Math.log2(32)).toBe(50)
  })

  test('is read as it was written, whatever typing does to it', () => {
    for (const kind of ['short', 'long'] as const) {
      const code = makeCode(kind, randomBytes)
      expect(normalizeCode(` ${formatCode(code).toLowerCase()}\n`)).toBe(code)
    }
    expect(normalizeCode('oil-oo il1 00')).toBe('0110011100')
  })
})

describe('guessing', () => {
  const none: ChallengeTally = {
    addressSends: [],
    networkSendsMs: [],
    shortTriesInHour: 0,
    shortTriesIn30Days: 0,
    isKnownNetwork: false,
    sendsInMinute: 0,
  }

  test('short codes stop where the tries set aside would pass a limit; then codes are long', () => {
    const kindAt = (shortTriesInHour: number, shortTriesIn30Days: number) => {
      const decision = decideChallenge({ ...none, shortTriesInHour, shortTriesIn30Days }, 0)
      return decision.kind === 'send' ? decision.code : decision.kind
    }
    expect(kindAt(shortCodeTriesPerHourMax - challengeTriesMax, 0)).toBe('short')
    expect(kindAt(shortCodeTriesPerHourMax - challengeTriesMax + 1, 0)).toBe('long')
    expect(kindAt(0, shortCodeTriesPer30DaysMax - challengeTriesMax)).toBe('short')
    expect(kindAt(0, shortCodeTriesPer30DaysMax - challengeTriesMax + 1)).toBe('long')
  })

  test('a thousand networks that guess for a month get no more than the configured chance', () => {
    interface Sent {
      readonly atMs: number
      readonly isShort: boolean
      readonly network: number
    }
    const sent: Sent[] = []
    const dayMs = 86_400_000
    let shortGuesses = 0
    let longGuesses = 0
    // The attacker asks whenever a code may be asked for, from a fresh network each time, and uses up
    // every try of every code.
    for (let nowMs = 0; nowMs < 30 * dayMs; nowMs += 30_000) {
      const recent = sent.filter(({ atMs }) => atMs > nowMs - dayMs)
      const short = sent.filter(({ isShort }) => isShort)
      const tries = (spanMs: number) =>
        short.filter(({ atMs }) => atMs > nowMs - spanMs).length * challengeTriesMax
      const decision = decideChallenge(
        {
          ...none,
          addressSends: recent.map(({ atMs }) => ({ atMs, fromKnownNetwork: false })),
          shortTriesInHour: tries(shortTriesHourMs),
          shortTriesIn30Days: tries(shortTries30DaysMs),
        },
        nowMs,
      )
      if (decision.kind === 'wait') continue
      const isShort = decision.code === 'short'
      sent.push({ atMs: nowMs, isShort, network: sent.length % 1_000 })
      if (isShort) shortGuesses += challengeTriesMax
      else longGuesses += challengeTriesMax
    }
    const chance = shortGuesses / 10 ** shortCodeLength + longGuesses / 2 ** 50
    console.log(
      `guesses: ${shortGuesses} short, ${longGuesses} long; chance ${chance.toExponential(3)}`,
    )
    expect(new Set(sent.map(({ network }) => network)).size).toBeGreaterThan(400)
    expect(shortGuesses).toBeLessThanOrEqual(shortCodeTriesPer30DaysMax)
    expect(chance).toBeLessThanOrEqual(1.0001e-4)
  })
})
