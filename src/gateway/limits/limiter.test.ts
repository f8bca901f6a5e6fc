import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import type { Account, ApiKey } from '#domain/accounts.ts'
import { noLimits, type UsageLimits } from '#domain/usage-limits.ts'
import type { KeyWithAccount } from '#ports/api-keys.ts'

import { Allowance } from './allowance.ts'
import { createLimiter, type RateRefusal } from './limiter.ts'

type Given = Partial<UsageLimits> | null

const createdAt = new Date(0)

function callerWith(ofKey: Given, ofAccount: Given = null, name = 'a'): KeyWithAccount {
  const limitsOf = (given: Given) => (given === null ? null : { ...noLimits, ...given })
  const key: ApiKey = {
    ...{ id: `key_${name}`, accountId: 'acct_a', kind: 'inference', name, prefix: 'cl_k' },
    ...{ lastFour: 'abcd', contentMode: null, createdAt, expiresAt: null, revokedAt: null },
    ...{ scopes: ['inference'], projectId: null, createdBy: null, oldSecretsEndAt: null },
    limits: limitsOf(ofKey),
  }
  const account: Account = {
    ...{ id: 'acct_a', role: 'customer', displayName: 'A', email: null, status: 'active' },
    ...{ statusReason: null, contentMode: 'full', region: null, createdAt },
    limits: limitsOf(ofAccount),
  }
  return { key, account, project: null }
}

function makeWorld(nodeCount = 1) {
  let nowMs = 1_000_000
  const limiter = createLimiter({ clock: { monotonicMs: () => nowMs }, nodeCount })
  const take = (caller: KeyWithAccount, tokens = 1): Allowance | RateRefusal => {
    const taken = limiter.take(caller, tokens)
    if (taken === null) return expect.fail('this caller has limits')
    return taken
  }
  const hold = (caller: KeyWithAccount, tokens = 1): Allowance => {
    const taken = take(caller, tokens)
    if (taken instanceof Allowance) return taken
    return expect.fail(taken.limit)
  }
  return { limiter, take, hold, pass: (ms: number) => (nowMs += ms), now: () => nowMs }
}

describe('requests per minute', () => {
  test('of 500 at once against a limit of 50, exactly 50 begin', () => {
    const { take } = makeWorld()
    const caller = callerWith({ requestsPerMinute: 50 })
    const taken = Array.from({ length: 500 }, () => take(caller))
    expect(taken.filter((one) => one instanceof Allowance)).toHaveLength(50)
  })

  test('in any 60 seconds whatever, no more begin than the limit allows', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 5_000 }), { maxLength: 200 }),
        fc.integer({ min: 1, max: 9 }),
        (gaps, limit) => {
          const { take, pass, now } = makeWorld()
          const caller = callerWith({ requestsPerMinute: limit })
          const beganAtMs: number[] = []
          for (const gap of gaps) {
            pass(gap)
            if (take(caller) instanceof Allowance) beganAtMs.push(now())
          }
          for (const endMs of beganAtMs) {
            const within = beganAtMs.filter((ms) => ms > endMs - 60_000 && ms <= endMs)
            expect(within.length).toBeLessThanOrEqual(limit)
          }
        },
      ),
    )
  })

  test('waiting as long as a refusal says is enough', () => {
    const { take, pass } = makeWorld()
    const caller = callerWith({ requestsPerMinute: 2 })
    take(caller)
    pass(20_000)
    take(caller)
    const refusal = take(caller)
    if (refusal instanceof Allowance) return expect.fail('the limit is reached')
    expect(refusal).toMatchObject({ holder: 'key', limit: 'requests_per_minute', allowed: 2 })
    expect(refusal.retryAfterMs).toBe(41_000)
    pass(refusal.retryAfterMs - 1)
    expect(take(caller)).not.toBeInstanceOf(Allowance)
    pass(1)
    expect(take(caller)).toBeInstanceOf(Allowance)
  })

  test('a refused request counts for nothing, however often it is tried', () => {
    const { take, pass } = makeWorld()
    const caller = callerWith({ requestsPerMinute: 1 })
    take(caller)
    for (let second = 0; second < 60; second += 1) {
      pass(1_000)
      expect(take(caller)).not.toBeInstanceOf(Allowance)
    }
    pass(1_000)
    expect(take(caller)).toBeInstanceOf(Allowance)
  })

  test('a request that is cancelled gives its place back; one that failed later does not', () => {
    const { hold, take } = makeWorld()
    const caller = callerWith({ requestsPerMinute: 1 })
    hold(caller).cancel()
    hold(caller).end()
    expect(take(caller)).not.toBeInstanceOf(Allowance)
  })
})

describe('concurrent requests', () => {
  test('of 100 at once against a limit of 7, exactly 7 are under way; each end makes room for one', () => {
    const { take } = makeWorld()
    const caller = callerWith({ concurrentRequests: 7 })
    const taken = Array.from({ length: 100 }, () => take(caller))
    const allowed = taken.filter((one) => one instanceof Allowance)
    expect(allowed).toHaveLength(7)
    const [first, second] = allowed
    first?.end()
    first?.end()
    second?.cancel()
    second?.end()
    expect(take(caller)).toBeInstanceOf(Allowance)
    expect(take(caller)).toBeInstanceOf(Allowance)
    expect(take(caller)).toMatchObject({ limit: 'concurrent_requests', left: 0, retryAfterMs: 0 })
  })

  test('whatever order requests begin and end in, no more than the limit are under way', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constant('begin' as const), fc.nat(20)), { maxLength: 200 }),
        (steps) => {
          const { take } = makeWorld()
          const caller = callerWith({ concurrentRequests: 3 })
          const underWay: Allowance[] = []
          for (const step of steps) {
            if (step === 'begin') {
              const taken = take(caller)
              if (taken instanceof Allowance) underWay.push(taken)
              else expect(underWay).toHaveLength(3)
            } else underWay.splice(step, 1)[0]?.end()
            expect(underWay.length).toBeLessThanOrEqual(3)
          }
        },
      ),
    )
  })
})

describe('tokens per minute', () => {
  test('what a request could use is set aside, and what it did not use is free again at once', () => {
    const { hold, take } = makeWorld()
    const caller = callerWith({ tokensPerMinute: 10_000 })
    const first = hold(caller, 8_000)
    expect(take(caller, 2_001)).toMatchObject({ limit: 'tokens_per_minute', left: 2_000 })
    first.use(500)
    expect(take(caller, 9_501)).toMatchObject({ left: 9_500 })
    hold(caller, 9_500)
  })

  test('at no moment is more set aside and used within a minute than the limit', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            gapMs: fc.integer({ min: 0, max: 9_000 }),
            bound: fc.integer({ min: 1, max: 3_000 }),
            part: fc.double({ min: 0, max: 1, noNaN: true }),
          }),
          { maxLength: 100 },
        ),
        (requests) => {
          const { take, pass, now } = makeWorld()
          const caller = callerWith({ tokensPerMinute: 5_000 })
          const used: { atMs: number; tokens: number }[] = []
          for (const { gapMs, bound, part } of requests) {
            pass(gapMs)
            const taken = take(caller, bound)
            if (!(taken instanceof Allowance)) continue
            const tokens = Math.floor(bound * part)
            taken.use(tokens)
            taken.end()
            used.push({ atMs: now(), tokens })
          }
          for (const { atMs: endMs } of used) {
            const within = used.filter(({ atMs }) => atMs > endMs - 60_000 && atMs <= endMs)
            expect(within.reduce((sum, { tokens }) => sum + tokens, 0)).toBeLessThanOrEqual(5_000)
          }
        },
      ),
    )
  })
})

describe('a key and its account', () => {
  test('a request counts for both, or for neither', () => {
    const { hold, take } = makeWorld()
    const account = { requestsPerMinute: 3 }
    const [first, second] = [
      callerWith(null, account, 'a'),
      callerWith({ requestsPerMinute: 1 }, account, 'b'),
    ]
    hold(second)
    expect(take(second)).toMatchObject({ holder: 'key' })
    hold(first)
    hold(first)
    expect(take(first)).toMatchObject({ holder: 'account', limit: 'requests_per_minute' })
  })

  test('limits that change count what was counted before', () => {
    const { hold, take } = makeWorld()
    hold(callerWith({ requestsPerMinute: 5 }))
    hold(callerWith({ requestsPerMinute: 5 }))
    expect(take(callerWith({ requestsPerMinute: 2 }))).toMatchObject({ left: 0 })
    hold(callerWith({ requestsPerMinute: 3 }))
  })

  test('nothing is counted of callers without such limits, and nothing is remembered', () => {
    const { limiter } = makeWorld()
    for (const caller of [
      callerWith(null),
      callerWith({ allowedModels: ['a/*'] }),
      callerWith({}),
    ]) {
      expect(limiter.take(caller, 5)).toBeNull()
      expect(limiter.look(caller)).toBeUndefined()
      expect(limiter.ownersOf(caller)).toEqual([])
    }
    expect(limiter.size()).toBe(0)
  })

  test('who was idle for a while is forgotten; who has a request under way is not', () => {
    const { limiter, hold, pass } = makeWorld()
    hold(callerWith({ requestsPerMinute: 5 }, null, 'a')).end()
    const slow = hold(callerWith({ concurrentRequests: 1 }, null, 'b'))
    pass(130_000)
    hold(callerWith({ requestsPerMinute: 5 }, null, 'c'))
    expect(limiter.size()).toBe(2)
    expect(limiter.look(callerWith({ concurrentRequests: 1 }, null, 'b'))).toBeDefined()
    slow.end()
    expect(limiter.look(callerWith({ concurrentRequests: 1 }, null, 'b'))).toBeUndefined()
  })
})

describe('several nodes', () => {
  test('each keeps its part of a limit, and never less than one', () => {
    const { take } = makeWorld(3)
    const caller = callerWith({ requestsPerMinute: 50 })
    const taken = Array.from({ length: 50 }, () => take(caller))
    expect(taken.filter((one) => one instanceof Allowance)).toHaveLength(16)
    const single = callerWith({ concurrentRequests: 2 }, null, 'b')
    expect(take(single)).toBeInstanceOf(Allowance)
    expect(take(single)).toMatchObject({ allowed: 1 })
  })
})
