import { describe, expect, test } from 'vitest'

import { judgeFailures, microsecondsEach } from './measuring.ts'

const fine = { completed: 10_000, failed: 0, failureExample: null, quiet: true }

describe('judgeFailures', () => {
  test('without failures there is nothing to say', () => {
    expect(judgeFailures(fine)).toEqual({ failed: 0, usable: true, reason: null })
  })

  test('a rare failure is told and the values stay', () => {
    expect(judgeFailures({ ...fine, failed: 3, failureExample: 'reset' })).toEqual({
      failed: 3,
      usable: true,
      reason: '3 of 10003 failed: reset',
    })
  })

  test('with more than one failure in a thousand there are no values', () => {
    expect(judgeFailures({ ...fine, failed: 11, failureExample: 'status 500' }).usable).toBe(false)
  })

  test('when nothing succeeded there are no values', () => {
    expect(judgeFailures({ ...fine, completed: 0 }).usable).toBe(false)
  })

  test('work that outlasted patience is told', () => {
    expect(judgeFailures({ ...fine, quiet: false }).reason).toContain('still busy')
  })
})

test('time each is never invented', () => {
  expect(microsecondsEach(50, 1000)).toBe(50)
  expect(microsecondsEach(null, 1000)).toBeNull()
  expect(microsecondsEach(50, 0)).toBeNull()
})
