import { expect, test } from 'vitest'

import { systemClock } from './clock.ts'

test('the wall clock is in milliseconds since 1970', () => {
  expect(Math.abs(systemClock.nowMs() - Date.now())).toBeLessThan(1000)
})

test('the monotonic clock never goes back', () => {
  let before = systemClock.monotonicMs()
  for (let round = 0; round < 10_000; round += 1) {
    const now = systemClock.monotonicMs()
    expect(now).toBeGreaterThanOrEqual(before)
    before = now
  }
})

test('a call comes once after its delay, unless it was cancelled', async () => {
  const { promise: called, resolve } = Promise.withResolvers<string>()
  const cancel = systemClock.after(1, () => resolve('cancelled'))
  cancel()
  systemClock.after(5, () => resolve('called'))
  const keepAlive = setTimeout(() => undefined, 1000)
  expect(await called).toBe('called')
  clearTimeout(keepAlive)
})
