import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'

import { afterEach, describe, expect, test } from 'vitest'

import type { Clock } from '#ports/clock.ts'
import {
  admitRecord,
  journalConformance,
  type JournalPlace,
  replayAll,
  settleRecord,
} from '#ports/journal.conformance.ts'
import type { Journal, JournalRecord } from '#ports/journal.ts'
import { JournalError } from '#ports/journal.ts'

import { nodeDisk } from './disk.ts'
import { openJournal } from './journal.ts'
import { makeMemoryDisk } from './memory-disk.ts'
import { encodeHeader, formatVersion } from './segment.ts'

const nodeId = 'node_00000000000000000001'
const segmentBytes = 16 * 1024
const emergencyBytes = 8 * 1024

/** A clock whose callbacks run only when the test says so. */
function makeHandClock(): Clock & { readonly ring: () => void } {
  let calls: (() => void)[] = []
  return {
    nowMs: () => 0,
    monotonicMs: () => 0,
    after: (_delayMs, call) => {
      calls.push(call)
      return () => (calls = calls.filter((other) => other !== call))
    },
    ring: () => {
      for (const call of calls.splice(0)) call()
    },
  }
}

const directories: string[] = []
afterEach(() => {
  for (const directory of directories.splice(0)) fs.rmSync(directory, { recursive: true })
})

function realPlace(): JournalPlace {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'journal-'))
  directories.push(directory)
  const clock = makeHandClock()
  return {
    segmentBytes,
    open: (id) =>
      openJournal({
        disk: nodeDisk(directory),
        nodeId: id,
        clock,
        randomBytes,
        segmentBytes,
        emergencyBytes,
      }),
  }
}

/** A disk in memory, with a process on it. */
function makeMemoryPlace() {
  const memory = makeMemoryDisk()
  const clock = makeHandClock()
  let attached = memory.attach()
  const open = (id: Journal['nodeId'] = nodeId): Journal => {
    attached.release()
    attached = memory.attach()
    const own = attached
    const turn = (call: () => void): void => void setImmediate(() => own === attached && call())
    const sizes = { segmentBytes, emergencyBytes }
    return openJournal({ disk: own.disk, nodeId: id, clock, randomBytes, turn, ...sizes })
  }
  return { memory, clock, open, segmentBytes }
}

async function recordsOf(journal: Journal): Promise<JournalRecord[]> {
  return (await replayAll(journal)).map(({ record }) => record)
}

async function failureOf(work: () => Promise<unknown>): Promise<unknown> {
  try {
    await work()
  } catch (error) {
    if (error instanceof JournalError) return error.failure
    throw error
  }
  return undefined
}

journalConformance('a real disk', realPlace)
journalConformance('a disk in memory', makeMemoryPlace)

const newestSegment = (names: readonly string[]): string =>
  names.findLast((name) => name.endsWith('.journal')) ?? expect.fail('no journal file')

describe('a crash', () => {
  test('loses nothing that was durable when the power went, and invents nothing', async () => {
    for (let seed = 1; seed <= 50; seed++) {
      const place = makeMemoryPlace()
      const journal = place.open()
      for (let number = 1; number <= 30; number++) journal.append(settleRecord(number))
      await journal.durable()
      for (let number = 31; number <= 60; number++) journal.append(settleRecord(number))
      await journal.written()
      let state = seed
      place.memory.losePower(() => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647)
      const replayed = await recordsOf(place.open())
      expect(replayed.length).toBeGreaterThanOrEqual(30)
      expect(replayed).toEqual(replayed.map((_, index) => settleRecord(index + 1)))
    }
  })

  test('in the middle of a record leaves everything before it, and the next life goes on', async () => {
    const place = makeMemoryPlace()
    const journal = place.open()
    journal.append(settleRecord(1))
    journal.append(settleRecord(2))
    await journal.written()
    const name = newestSegment(place.memory.names())
    place.memory.replace(name, place.memory.read(name).subarray(0, -5))
    const second = place.open()
    expect(await recordsOf(second)).toEqual([settleRecord(1)])
    second.append(settleRecord(3))
    await second.durable()
    expect(await recordsOf(place.open())).toEqual([settleRecord(1), settleRecord(3)])
  })

  test('after which a loss of power follows does not undo what the next life was decided by', async () => {
    for (const chance of [0, 0.5, 0.99]) {
      const place = makeMemoryPlace()
      const first = place.open()
      first.append(admitRecord(1))
      await first.written()
      const second = place.open()
      expect(await recordsOf(second)).toEqual([admitRecord(1)])
      second.append(settleRecord(1))
      await second.durable()
      place.memory.losePower(() => chance)
      expect(await recordsOf(place.open())).toEqual([admitRecord(1), settleRecord(1)])
    }
  })

  test('while a checkpoint is replaced leaves the old one', async () => {
    const place = makeMemoryPlace()
    const journal = place.open()
    journal.append(settleRecord(1))
    await journal.durable()
    await journal.checkpoint(journal.end())
    journal.append(settleRecord(2))
    await journal.durable()
    const { disk } = place.memory.attach()
    disk.create('checkpoint.new').write(Buffer.from('codelace-check'), 0)
    const replayed = await replayAll(place.open())
    expect(replayed.filter(({ settled }) => !settled).map(({ record }) => record)).toEqual([
      settleRecord(2),
    ])
  })
})

describe('damage', () => {
  const writeTwoDurably = async () => {
    const place = makeMemoryPlace()
    const journal = place.open()
    journal.append(settleRecord(1))
    const second = journal.append(settleRecord(2))
    await journal.durable()
    journal.append(settleRecord(3))
    await journal.durable()
    return { place, journal, second }
  }

  const flip = (place: ReturnType<typeof makeMemoryPlace>, at: number): void => {
    const name = newestSegment(place.memory.names())
    const bytes = place.memory.read(name)
    bytes[at] = (bytes[at] ?? 0) ^ 0xff
    place.memory.replace(name, bytes)
  }

  test('of a record that had been durable is told apart from a torn write, by file and byte', async () => {
    const { place } = await writeTwoDurably()
    flip(place, 300)
    await expect(recordsOf(place.open())).rejects.toThrow(/0000000001\.journal.*at byte 256/)
  })

  test('before the checkpoint is ignored: what stood there is settled', async () => {
    const { place, journal, second } = await writeTwoDurably()
    await journal.checkpoint(second)
    flip(place, 300)
    expect(await recordsOf(place.open())).toEqual([settleRecord(2), settleRecord(3)])
  })

  test('of the header of a file with records is refused', async () => {
    const { place } = await writeTwoDurably()
    flip(place, 20)
    expect(await failureOf(async () => recordsOf(place.open()))).toBe('damaged')
  })

  test('in an earlier file is damage when a later file is durable', async () => {
    const place = makeMemoryPlace()
    const journal = place.open()
    for (let number = 1; number <= 60; number++) journal.append(settleRecord(number))
    await journal.durable()
    journal.append(settleRecord(61))
    await journal.durable()
    const [first] = place.memory.names().filter((name) => name.endsWith('.journal'))
    const bytes = place.memory.read(first ?? expect.fail())
    place.memory.replace(first ?? '', bytes.subarray(0, -5))
    expect(await failureOf(async () => recordsOf(place.open()))).toBe('damaged')
  })

  test('of the checkpoint only makes more be replayed', async () => {
    const { place, journal } = await writeTwoDurably()
    await journal.checkpoint(journal.end())
    place.memory.replace('checkpoint', Buffer.from('codelace-checkpoint 1 nonsense\n'))
    expect(await recordsOf(place.open())).toHaveLength(3)
  })

  test('another format version is refused by its number', async () => {
    const { place } = await writeTwoDurably()
    const name = newestSegment(place.memory.names())
    const bytes = place.memory.read(name)
    const header = encodeHeader(nodeId, 1).toString('latin1')
    bytes.write(header.replace(` ${formatVersion} `, ' 99 '), 0, 'latin1')
    place.memory.replace(name, bytes)
    expect(await failureOf(async () => recordsOf(place.open()))).toBe('other_version')
    await expect((async () => recordsOf(place.open()))()).rejects.toThrow(/format 99/)
  })
})

describe('a full disk', () => {
  /** A journal with everything it holds, as its owner knows it. */
  const openOwned = (place: ReturnType<typeof makeMemoryPlace>) => {
    const journal = place.open()
    const underWay: JournalRecord[] = []
    const unsettled: JournalRecord[] = []
    journal.onCarry((scope) => {
      if (scope === 'unsettled') for (const record of unsettled) journal.append(record)
      for (const record of underWay) journal.append(record)
    })
    return { journal, underWay, unsettled }
  }

  test('is noticed at the first write, and what is under way still becomes durable', async () => {
    const place = makeMemoryPlace()
    const { journal, underWay } = openOwned(place)
    underWay.push(admitRecord(1))
    journal.append(admitRecord(1))
    await journal.durable()
    place.memory.setCapacity(place.memory.usedBytes() + 100)
    journal.append(settleRecord(1))
    await journal.durable()
    expect(journal.state().kind).toBe('full')
    place.memory.losePower(() => 0)
    expect(await recordsOf(place.open())).toEqual([admitRecord(1), admitRecord(1), settleRecord(1)])
    expect(place.memory.names()).toContain('0000000003.journal')
  })

  test('opens again by itself when there is space', async () => {
    const place = makeMemoryPlace()
    const { journal } = openOwned(place)
    place.memory.setCapacity(place.memory.usedBytes())
    journal.append(settleRecord(1))
    await journal.durable()
    place.clock.ring()
    expect(journal.state().kind).toBe('full')
    place.memory.setCapacity(Infinity)
    place.clock.ring()
    expect(journal.state().kind).toBe('open')
    journal.append(settleRecord(2))
    await journal.durable()
    expect(await recordsOf(place.open())).toEqual([settleRecord(1), settleRecord(2)])
  })

  test('beyond the space set aside promises nothing, and says everything again afterwards', async () => {
    const place = makeMemoryPlace()
    const { journal, unsettled } = openOwned(place)
    place.memory.setCapacity(place.memory.usedBytes())
    let isRejected = false
    for (let number = 1; number <= 40 && !isRejected; number++) {
      unsettled.push(settleRecord(number))
      journal.append(settleRecord(number))
      isRejected = await journal.durable().then(
        () => false,
        (error: unknown) => error instanceof JournalError && error.failure === 'disk_full',
      )
    }
    expect(isRejected).toBe(true)
    place.memory.setCapacity(Infinity)
    place.clock.ring()
    await journal.durable()
    place.memory.losePower(() => 0)
    const replayed = await recordsOf(place.open())
    for (const record of unsettled) expect(replayed).toContainEqual(record)
  })

  test('at the start uses the space set aside by an earlier life', async () => {
    const place = makeMemoryPlace()
    place.open()
    place.memory.setCapacity(place.memory.usedBytes())
    const journal = place.open()
    expect(journal.state().kind).toBe('full')
    journal.append(settleRecord(1))
    await journal.durable()
    expect(await recordsOf(place.open())).toEqual([settleRecord(1)])
  })

  test('at the very first start is refused by name', () => {
    const place = makeMemoryPlace()
    place.memory.setCapacity(10)
    expect(() => place.open()).toThrow(JournalError)
  })
})

describe('a failing disk', () => {
  test('everything not settled is written again elsewhere before anyone is told', async () => {
    const place = makeMemoryPlace()
    const journal = place.open()
    const unsettled = [settleRecord(1), settleRecord(2)]
    journal.onCarry(() => {
      for (const record of unsettled) journal.append(record)
    })
    for (const record of unsettled) journal.append(record)
    place.memory.failNextSync()
    await journal.durable()
    expect(journal.state().kind).toBe('open')
    place.memory.losePower(() => 0)
    expect(await recordsOf(place.open())).toEqual(unsettled)
  })

  test('twice in a row breaks the journal, and it promises nothing more', async () => {
    const place = makeMemoryPlace()
    const journal = place.open()
    journal.onCarry(() => journal.append(settleRecord(1)))
    journal.append(settleRecord(1))
    place.memory.failNextSync()
    place.memory.failNextSync()
    expect(await failureOf(async () => journal.durable())).toBe('disk_failed')
    expect(journal.state().kind).toBe('broken')
    expect(await failureOf(async () => journal.durable())).toBe('disk_failed')
  })

  test('before anyone can say what is live, it breaks at once', async () => {
    const place = makeMemoryPlace()
    const journal = place.open()
    journal.append(settleRecord(1))
    place.memory.failNextSync()
    expect(await failureOf(async () => journal.durable())).toBe('disk_failed')
  })

  test('on a write moves to another file', async () => {
    const place = makeMemoryPlace()
    const journal = place.open()
    journal.onCarry(() => {
      place.memory.setWritesFail(false)
      journal.append(settleRecord(1))
    })
    place.memory.setWritesFail(true)
    journal.append(settleRecord(1))
    const failure = await failureOf(async () => journal.durable())
    expect(failure).toBe('disk_failed')
  })
})
