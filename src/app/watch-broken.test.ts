import { expect, test } from 'vitest'

import { makeStoppedClock } from '#test/stopped-clock.ts'

import { watchBroken } from './watch-broken.ts'

function watch() {
  const time = makeStoppedClock()
  const heard: string[] = []
  const state: { reason: string | null } = { reason: null }
  const stop = watchBroken({
    clock: time.clock,
    brokenReason: () => state.reason,
    onBroken: (reason) => heard.push(reason),
  })
  return { time, heard, state, stop }
}

test('nothing is said while all is well, and a reason is told once, within half a second', async () => {
  const { time, heard, state } = watch()
  await time.advance(60_000)
  expect(heard).toEqual([])
  state.reason = 'the journal is broken'
  await time.advance(500)
  expect(heard).toEqual(['the journal is broken'])
  await time.advance(60_000)
  expect(heard).toHaveLength(1)
})

test('a process that leaves by itself hears nothing any more', async () => {
  const { time, heard, state, stop } = watch()
  stop()
  state.reason = 'the journal is broken'
  await time.advance(60_000)
  expect(heard).toEqual([])
})
