import { randomBytes } from 'node:crypto'

import fc from 'fast-check'
import { expect, test } from 'vitest'

import { replayAll, settleRecord } from '#ports/journal.conformance.ts'
import type { Journal } from '#ports/journal.ts'
import { JournalError } from '#ports/journal.ts'

import { openJournal } from './journal.ts'
import { makeMemoryDisk, type MemoryDisk } from './memory-disk.ts'

type Command =
  | { readonly kind: 'append'; readonly count: number }
  | { readonly kind: 'durable' }
  | { readonly kind: 'settle'; readonly part: number }
  | { readonly kind: 'kill' }
  | { readonly kind: 'power'; readonly seed: number }
  | { readonly kind: 'fill'; readonly spareBytes: number }
  | { readonly kind: 'free' }
  | { readonly kind: 'fail_sync' }

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('append'), count: fc.integer({ min: 1, max: 12 }) }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('durable') }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('settle'),
      part: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('kill') }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('power'), seed: fc.integer({ min: 1, max: 1e6 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('fill'),
      spareBytes: fc.integer({ min: 0, max: 3_000 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('free') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('fail_sync') }) },
)

/** An owner of a journal that behaves as a node does: it knows what it appended and what is settled. */
class Owner {
  readonly memory: MemoryDisk = makeMemoryDisk()
  #attached = this.memory.attach()
  #journal: Journal | null = null
  #alarms: (() => void)[] = []
  #nextNumber = 1
  /** Appended and not settled, in order. */
  #live: { readonly number: number; position: number }[] = []
  /** What the journal promised to keep. */
  readonly promised = new Set<number>()
  readonly settled = new Set<number>()

  /** Opens it, again where the disk is full or fails: the next attempt finds it mended. */
  async open(): Promise<void> {
    for (;;) {
      try {
        return await this.#tryOpen()
      } catch (error) {
        const isDisk = error instanceof JournalError && error.failure.startsWith('disk_')
        if (!isDisk) throw error
        this.memory.setCapacity(Infinity)
      }
    }
  }

  async #tryOpen(): Promise<void> {
    this.#attached.release()
    this.#attached = this.memory.attach()
    this.#alarms = []
    const attached = this.#attached
    const journal = openJournal({
      disk: attached.disk,
      turn: (call) => void setImmediate(() => attached === this.#attached && call()),
      nodeId: 'node_00000000000000000001',
      clock: {
        nowMs: () => 0,
        monotonicMs: () => 0,
        after: (_delayMs, call) => {
          this.#alarms.push(call)
          return () => (this.#alarms = this.#alarms.filter((other) => other !== call))
        },
      },
      randomBytes,
      segmentBytes: 4 * 1024,
      emergencyBytes: 4 * 1024,
    })
    let last = 0
    for (const { record, settled } of await replayAll(journal)) {
      if (record.kind !== 'settle') expect.fail(record.kind)
      const number = Number(record.record.costNanoUsd)
      expect(record).toEqual(settleRecord(number))
      expect(number).toBeLessThan(this.#nextNumber)
      if (!settled) {
        if (number > last) last = number
        this.settled.add(number)
      }
    }
    for (const number of this.promised) expect(this.settled).toContain(number)
    this.#live = []
    await journal.checkpoint(journal.end()).catch(expectJournalError)
    journal.onCarry((scope) => {
      if (scope === 'under_way') return
      for (const one of this.#live) one.position = journal.append(settleRecord(one.number))
    })
    this.#journal = journal
  }

  async run(command: Command): Promise<void> {
    const journal = this.#journal ?? expect.fail('not open')
    switch (command.kind) {
      case 'append':
        for (let count = 0; count < command.count; count++) {
          const number = this.#nextNumber++
          this.#live.push({ number, position: journal.append(settleRecord(number)) })
        }
        return
      case 'durable': {
        const numbers = this.#live.map(({ number }) => number)
        await journal.durable().then(() => {
          for (const number of numbers) this.promised.add(number)
        }, expectJournalError)
        return
      }
      case 'settle': {
        for (const { number } of this.#live.splice(
          0,
          Math.ceil(this.#live.length * command.part),
        )) {
          this.settled.add(number)
        }
        const position = this.#live[0]?.position ?? journal.end()
        await journal.checkpoint(position as ReturnType<Journal['end']>).catch(expectJournalError)
        return
      }
      case 'kill':
        return this.open()
      case 'power': {
        let state = command.seed
        this.memory.losePower(() => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647)
        return this.open()
      }
      case 'fill':
        this.memory.setCapacity(this.memory.usedBytes() + command.spareBytes)
        return
      case 'free':
        this.memory.setCapacity(Infinity)
        for (const call of this.#alarms.splice(0)) call()
        return
      case 'fail_sync':
        this.memory.failNextSync()
    }
  }
}

function expectJournalError(error: unknown): void {
  expect(error).toBeInstanceOf(JournalError)
}

test('whatever happens to the disk, what was promised is replayed, and nothing else appears', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 60 }), async (commands) => {
      const owner = new Owner()
      await owner.open()
      for (const one of commands) await owner.run(one)
      owner.memory.setCapacity(Infinity)
      await owner.open()
    }),
    { numRuns: 500 },
  )
})
