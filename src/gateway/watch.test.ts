import { describe, expect, test } from 'vitest'

import { notEnrolled } from '#domain/roster.ts'
import { makeStoppedClock } from '#test/stopped-clock.ts'

import { createWatch, type Watcher } from './watch.ts'

describe('the watch', () => {
  test('calls everybody each period, with the time', async () => {
    const time = makeStoppedClock()
    const watch = createWatch(time.clock, 250)
    const seen: number[] = []
    for (const _ of ['one', 'another']) {
      watch.add({ rosterPlace: notEnrolled, look: (nowMs) => void seen.push(nowMs) })
    }
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
    const watcher: Watcher = {
      rosterPlace: notEnrolled,
      look: (nowMs) => {
        seen.push(nowMs)
        watch.remove(watcher)
      },
    }
    watch.add(watcher)
    await time.advance(10_000)
    expect([seen, timers]).toEqual([[250], 1])
    watch.add(watcher)
    await time.advance(1_000)
    expect(seen).toEqual([250, 10_250])
  })
})
