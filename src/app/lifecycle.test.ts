import { beforeEach, describe, expect, test } from 'vitest'

import { makeStoppedClock, type StoppedClock } from '#test/stopped-clock.ts'

import { createLifecycle, type StopSteps } from './lifecycle.ts'
import type { LogFields } from './log.ts'

let time: StoppedClock
let steps: string[] = []
let announcements: number[] = []
let lines: { event: string; fields: LogFields | undefined }[] = []
beforeEach(() => {
  time = makeStoppedClock()
  steps = []
  announcements = []
  lines = []
})

const note = (event: string, fields?: LogFields) => void lines.push({ event, fields })
const make = (changes: Partial<StopSteps> = {}) => {
  const requests = Promise.withResolvers<void>()
  const record =
    (name: Exclude<keyof StopSteps, 'announceEnd'>, otherwise: () => Promise<void>) => async () => {
      steps.push(name)
      await (changes[name] ?? otherwise)()
    }
  const lifecycle = createLifecycle({
    clock: time.clock,
    log: { info: note, warn: note, alarm: note },
    timings: { announceMs: 5000, drainMs: 600_000 },
    steps: {
      announceEnd: () => void announcements.push(time.clock.nowMs()),
      stopListening: record('stopListening', () => requests.promise),
      endRequests: record('endRequests', async () => requests.resolve()),
      release: record('release', async () => undefined),
    },
  })
  return { lifecycle, requests }
}
const asked = { kind: 'asked', by: 'SIGTERM' } as const

describe('asked to stop', () => {
  test('it is not ready at once, and goes on listening for the announced time', async () => {
    const { lifecycle } = make()
    expect(lifecycle.isReady()).toBe(true)
    lifecycle.stop(asked)
    expect(lifecycle.isReady()).toBe(false)
    expect(announcements).toEqual([0])
    await time.advance(4999)
    expect(steps).toEqual([])
    await time.advance(1)
    expect(steps).toEqual(['stopListening'])
  })

  test('requests under way finish, then everything is released, and the exit code is 0', async () => {
    const { lifecycle, requests } = make()
    lifecycle.stop(asked)
    await time.advance(5000)
    await time.advance(300_000)
    expect(steps).toEqual(['stopListening'])
    requests.resolve()
    expect(await lifecycle.ended).toBe(0)
    expect(steps).toEqual(['stopListening', 'release'])
  })

  test('requests that outlast the drain limit are ended, and settled, before the release', async () => {
    const { lifecycle } = make()
    lifecycle.stop(asked)
    await time.advance(5000)
    await time.advance(599_999)
    expect(steps).toEqual(['stopListening'])
    await time.advance(1)
    expect(await lifecycle.ended).toBe(0)
    expect(steps).toEqual(['stopListening', 'endRequests', 'release'])
  })

  test('asked again, it stops listening at once and gives requests five seconds', async () => {
    const { lifecycle } = make()
    lifecycle.stop(asked)
    await time.advance(1000)
    lifecycle.stop(asked)
    await time.settle()
    expect(steps).toEqual(['stopListening'])
    await time.advance(4999)
    expect(steps).toEqual(['stopListening'])
    await time.advance(1)
    expect(await lifecycle.ended).toBe(0)
  })

  test('asked again while it drains, the rest of the time shrinks to five seconds', async () => {
    const { lifecycle } = make()
    lifecycle.stop(asked)
    await time.advance(5000)
    await time.advance(60_000)
    lifecycle.stop(asked)
    await time.advance(5000)
    expect(await lifecycle.ended).toBe(0)
    expect(steps).toEqual(['stopListening', 'endRequests', 'release'])
  })

  test('asked many times, each step is taken once', async () => {
    const { lifecycle } = make()
    for (let round = 0; round < 5; round += 1) lifecycle.stop(asked)
    await time.advance(5000)
    await lifecycle.ended
    expect(steps).toEqual(['stopListening', 'endRequests', 'release'])
  })
})

describe('crashed', () => {
  test('the error is logged, requests get five seconds, and the exit code is 1', async () => {
    const { lifecycle } = make()
    const error = new TypeError('broken')
    lifecycle.stop({ kind: 'crashed', error })
    expect(lifecycle.isReady()).toBe(false)
    expect(lines[0]).toEqual({ event: 'crashed', fields: { error } })
    await time.settle()
    expect(steps).toEqual(['stopListening'])
    await time.advance(5000)
    expect(await lifecycle.ended).toBe(1)
    expect(steps).toEqual(['stopListening', 'endRequests', 'release'])
  })

  test('a crash while leaving makes the exit code 1 and hurries', async () => {
    const { lifecycle } = make()
    lifecycle.stop(asked)
    await time.advance(5000)
    lifecycle.stop({ kind: 'crashed', error: new TypeError('broken') })
    await time.advance(5000)
    expect(await lifecycle.ended).toBe(1)
  })
})

describe('broken', () => {
  test('the reason is logged, requests get five seconds, and the exit code is 1', async () => {
    const { lifecycle } = make()
    lifecycle.stop({ kind: 'broken', reason: 'the journal is broken: EIO' })
    expect(lifecycle.isReady()).toBe(false)
    expect(lines[0]).toEqual({
      event: 'broken',
      fields: { reason: 'the journal is broken: EIO' },
    })
    await time.settle()
    expect(steps).toEqual(['stopListening'])
    await time.advance(5000)
    expect(await lifecycle.ended).toBe(1)
    expect(steps).toEqual(['stopListening', 'endRequests', 'release'])
  })
})

describe('a step that does not do its part', () => {
  test.each(['stopListening', 'endRequests', 'release'] as const)(
    '%s fails: it is logged, the next is taken, and the exit code is 1',
    async (name) => {
      const failure = new TypeError('failed')
      const { lifecycle } = make({ [name]: () => Promise.reject(failure) })
      lifecycle.stop(asked)
      lifecycle.stop(asked)
      await time.advance(5000)
      await time.advance(2000)
      expect(await lifecycle.ended).toBe(1)
      expect(steps.at(-1)).toBe('release')
      expect(lines).toContainEqual({
        event: 'stop_step_failed',
        fields: { step: name, error: failure },
      })
    },
  )

  test('requests that cannot be ended keep nothing waiting for more than two seconds', async () => {
    const { lifecycle } = make({ endRequests: () => new Promise(() => undefined) })
    lifecycle.stop(asked)
    lifecycle.stop(asked)
    await time.advance(5000)
    expect(steps).toEqual(['stopListening', 'endRequests'])
    await time.advance(2000)
    expect(await lifecycle.ended).toBe(0)
  })
})
