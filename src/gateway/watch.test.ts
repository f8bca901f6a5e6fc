import { describe, expect, test } from 'vitest'

import { makeStoppedClock } from '#test/stopped-clock.ts'

import { createWatch } from './watch.ts'

describe('the watch', () => {
  test('calls everybody each period, with the time', async () => {
    const time = makeStoppedClock()
    const watch = createWatch(time.clock, 250)
    const seen: number[] = []
    watch.add((nowMs) => void seen.push(nowMs))
    watch.add((nowMs) => void seen.push(nowMs))
    await time.advance(600)
    expect(seen).toEqual([250, 250, 500, 500])
  })

  test('stands still while nobody watches, and goes on when somebody does', async () => {
    const time = makeStoppedClock()
    let timers = 0
    const after = (delayMs: number, call: () => void) => {
      timers += 1
      return time.clock.after(delayMs, call)
    }
    const watch = createWatch({ ...time.clock, after }, 250)
    const seen: number[] = []
    const watcher = (nowMs: number) => {
      seen.push(nowMs)
      watch.remove(watcher)
    }
    watch.add(watcher)
    await time.advance(10_000)
    expect([seen, timers]).toEqual([[250], 1])
    watch.add(watcher)
    await time.advance(1_000)
    expect(seen).toEqual([250, 10_250])
  })
})
