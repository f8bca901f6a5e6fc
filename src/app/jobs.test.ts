import { beforeEach, describe, expect, test } from 'vitest'

import {
  expireGrantsIntervalMs,
  idempotencyPurgeIntervalMs,
  ledgerVerifyIntervalMs,
} from '#domain/limits.ts'
import { nanoUsd } from '#domain/money.ts'
import type { LedgerDifference } from '#ports/ledger-store.ts'
import { StoreUnavailable } from '#ports/store-error.ts'
import { makeStoppedClock, type StoppedClock } from '#test/stopped-clock.ts'

import { purgeIdempotentAnswers } from './idempotency-jobs.ts'
import { startJobs } from './jobs.ts'
import { ledgerJobs } from './ledger-jobs.ts'
import type { Log } from './log.ts'

let time: StoppedClock
let lines: string[] = []
let log: Log
beforeEach(() => {
  time = makeStoppedClock()
  lines = []
  const noteAs = (level: string) => (event: string, fields?: Readonly<Record<string, unknown>>) =>
    void lines.push(`${level} ${event} ${Object.keys(fields ?? {}).join(' ')}`.trim())
  log = { info: noteAs('info'), warn: noteAs('warn'), alarm: noteAs('alarm') }
})

describe('a job', () => {
  test('runs again and again, first after its time', async () => {
    const runs: number[] = []
    const run = async () => void runs.push(time.clock.nowMs())
    startJobs([{ name: 'a', everyMs: 1000, run }], { clock: time.clock, log })
    await time.advance(3500)
    expect(runs).toEqual([1000, 2000, 3000])
  })

  test('never overlaps with itself, and does not hold up the others', async () => {
    const slow = Promise.withResolvers<void>()
    let slowRuns = 0
    let quickRuns = 0
    startJobs(
      [
        { name: 'slow', everyMs: 1000, run: () => ((slowRuns += 1), slow.promise) },
        { name: 'quick', everyMs: 1000, run: async () => void (quickRuns += 1) },
      ],
      { clock: time.clock, log },
    )
    await time.advance(5000)
    expect([slowRuns, quickRuns]).toEqual([1, 5])
    slow.resolve()
    await time.advance(1000)
    expect(slowRuns).toBe(2)
  })

  test('that fails is logged and runs again: a store that is away is no alarm', async () => {
    const errors = [new StoreUnavailable('down'), new TypeError('broken')]
    let runs = 0
    const run = async () => {
      const error = errors[runs]
      runs += 1
      if (error !== undefined) throw error
    }
    startJobs([{ name: 'a', everyMs: 1000, run }], { clock: time.clock, log })
    await time.advance(3000)
    expect(runs).toBe(3)
    expect(lines).toEqual(['warn job_postponed job error', 'alarm job_failed job error'])
  })

  test('stopped: the run under way ends first, and no other begins', async () => {
    const running = Promise.withResolvers<void>()
    let runs = 0
    const run = () => ((runs += 1), running.promise)
    const jobs = startJobs([{ name: 'a', everyMs: 1000, run }], { clock: time.clock, log })
    await time.advance(1000)
    let stopped = false
    void jobs.stop().then(() => (stopped = true))
    await time.settle()
    expect(stopped).toBe(false)
    running.resolve()
    await time.advance(10_000)
    expect([stopped, runs]).toEqual([true, 1])
  })
})

describe('the upkeep of the books', () => {
  const run = async (differences: readonly LedgerDifference[], expired: number) => {
    const ledger = { expireGrants: async () => expired, verify: async () => differences }
    const jobs = startJobs(ledgerJobs(ledger, log), { clock: time.clock, log })
    await time.advance(ledgerVerifyIntervalMs)
    await jobs.stop()
  }

  test('says once an hour that all is well, and nothing each minute', async () => {
    await run([], 0)
    expect(lines).toEqual(['info ledger_balanced'])
    expect(expireGrantsIntervalMs).toBeLessThan(ledgerVerifyIntervalMs)
  })

  test('raises an alarm for every difference', async () => {
    const difference = {
      invariant: 'I1',
      accountId: null,
      detail: 'x',
      differenceNanoUsd: nanoUsd(1n),
    }
    await run([difference, difference], 0)
    expect(lines.filter((line) => line.startsWith('alarm ledger_difference'))).toHaveLength(2)
    expect(lines).not.toContain('info ledger_balanced')
  })

  test('mentions grants that ended', async () => {
    await run([], 3)
    expect(lines[0]).toBe('info grants_expired count')
  })
})

test('answers that are not given again any more are removed again and again', async () => {
  let runs = 0
  const removeExpired = async () => (runs += 1)
  startJobs([purgeIdempotentAnswers({ removeExpired })], { clock: time.clock, log })
  await time.advance(3 * idempotencyPurgeIntervalMs)
  expect(runs).toBe(3)
  expect(lines).toEqual([])
})
