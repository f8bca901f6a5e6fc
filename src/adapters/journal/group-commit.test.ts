import { describe, expect, test } from 'vitest'

import { journalCrowdMin } from '#domain/limits.ts'

import { GroupCommit, type CommitOutcome } from './group-commit.ts'

/** A group commit whose turns, syncs and pauses end when the test says so. */
function make() {
  const turns: (() => void)[] = []
  const syncs: ((outcome: CommitOutcome) => void)[] = []
  const pauses: (() => void)[] = []
  let writes = 0
  const group = new GroupCommit({
    turn: (call) => turns.push(call),
    write: () => (writes += 1),
    commit: (done) => syncs.push(done),
    pause: (call) => pauses.push(call),
  })
  const endTurn = () => {
    for (const call of turns.splice(0)) call()
  }
  const waitAll = (count: number) => Promise.all(Array.from({ length: count }, () => group.wait()))
  return { group, syncs, pauses, endTurn, waitAll, writeCount: () => writes }
}

describe('group commit', () => {
  test('few callers never wait for more: the next sync begins when the last one has ended', async () => {
    const { syncs, pauses, endTurn, waitAll } = make()
    const first = waitAll(journalCrowdMin - 1)
    endTurn()
    const second = waitAll(1)
    endTurn()
    expect(syncs).toHaveLength(1)
    syncs.shift()?.('durable')
    await first
    expect(pauses).toEqual([])
    expect(syncs).toHaveLength(1)
    syncs.shift()?.('durable')
    await second
  })

  test('after a sync that many waited for, whoever comes in the next moment shares one sync', async () => {
    const { syncs, pauses, endTurn, waitAll } = make()
    const first = waitAll(journalCrowdMin)
    endTurn()
    syncs.shift()?.('durable')
    await first
    const early = waitAll(3)
    endTurn()
    const late = waitAll(3)
    endTurn()
    expect(syncs).toEqual([])
    expect(pauses).toHaveLength(1)
    pauses.shift()?.()
    expect(syncs).toHaveLength(1)
    syncs.shift()?.('durable')
    await Promise.all([early, late])
  })

  test('a pause in which nobody comes holds up nobody after it', async () => {
    const { syncs, pauses, endTurn, waitAll } = make()
    const first = waitAll(journalCrowdMin)
    endTurn()
    syncs.shift()?.('durable')
    await first
    pauses.shift()?.()
    expect(syncs).toEqual([])
    const next = waitAll(1)
    endTurn()
    syncs.shift()?.('durable')
    await next
    expect(pauses).toEqual([])
  })

  test('a sync that does not count is made again at once, for all who waited', async () => {
    const { syncs, pauses, endTurn, waitAll } = make()
    const all = waitAll(journalCrowdMin)
    endTurn()
    syncs.shift()?.('again')
    expect(pauses).toEqual([])
    expect(syncs).toHaveLength(1)
    syncs.shift()?.('durable')
    await all
  })

  test('whoever asks in one turn shares one write at its end, and waits for no sync', async () => {
    const { group, syncs, endTurn, writeCount } = make()
    const written = [group.written(), group.written(), group.written()]
    expect(new Set(written).size).toBe(1)
    expect(writeCount()).toBe(0)
    endTurn()
    await Promise.all(written)
    expect(writeCount()).toBe(1)
    expect(syncs).toEqual([])
    const later = group.written()
    expect(later).not.toBe(written[0])
    endTurn()
    await later
  })
})
