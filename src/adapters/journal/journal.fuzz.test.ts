import { randomBytes } from 'node:crypto'

import { describe, expect, test } from 'vitest'

import { nanoUsd } from '#domain/money.ts'
import { admitRecord, replayAll, settleRecord } from '#ports/journal.conformance.ts'
import type { JournalRecord } from '#ports/journal.ts'
import { JournalError } from '#ports/journal.ts'

import { openJournal } from './journal.ts'
import { makeMemoryDisk } from './memory-disk.ts'
import { encodeRecord } from './record-codec.ts'

const nodeId = 'node_00000000000000000001'
const clock = { nowMs: () => 0, monotonicMs: () => 0, after: () => () => {} }

/** Whole requests, their records one after the other. */
const written: readonly JournalRecord[] = Array.from({ length: 8 }, (_, number) => [
  admitRecord(number),
  { kind: 'progress', chargeId: admitRecord(number).chargeId, costNanoUsd: nanoUsd(7n) } as const,
  settleRecord(number),
]).flat()
const writtenTexts = written.map(encodeRecord)

/** A journal file of which all but the last records are known to be durable. */
async function writeFile(): Promise<{ readonly name: string; readonly bytes: Buffer }> {
  const memory = makeMemoryDisk()
  const { disk } = memory.attach()
  const journal = openJournal({ disk, nodeId, clock, randomBytes, emergencyBytes: 1024 })
  for (const record of written) {
    journal.append(record)
    if (record.kind === 'settle') await journal.durable()
  }
  const name = memory.names().find((one) => one.endsWith('.journal')) ?? expect.fail()
  return { name, bytes: memory.read(name) }
}

describe('L-8: every byte of the last 4 KB', () => {
  /** Boots over changed bytes: the records it finds, or the name of its refusal. */
  const boot = async (name: string, bytes: Buffer): Promise<JournalRecord[] | string> => {
    const { disk } = makeMemoryDisk().attach()
    disk.create(name).write(bytes, 0)
    try {
      const journal = openJournal({ disk, nodeId, clock, randomBytes, emergencyBytes: 1024 })
      return (await replayAll(journal)).map(({ record }) => record)
    } catch (error) {
      if (error instanceof JournalError) return error.failure
      throw error
    }
  }

  const expectNothingInvented = (outcome: JournalRecord[] | string): void => {
    if (typeof outcome === 'string') return
    const texts = outcome.map(encodeRecord)
    if (texts.some((text, index) => text !== writtenTexts[index])) {
      expect(texts).toEqual(writtenTexts.slice(0, texts.length))
    }
  }

  test('flipped: a boot with what is whole, or a refusal by name; nothing invented', async () => {
    const { name, bytes } = await writeFile()
    const outcomes = new Map<string, number>()
    for (let at = Math.max(0, bytes.length - 4096); at < bytes.length; at++) {
      const changed = Buffer.from(bytes)
      changed[at] = (changed[at] ?? 0) ^ (at % 2 === 0 ? 0xff : 1 << (at % 8))
      const outcome = await boot(name, changed)
      expectNothingInvented(outcome)
      const kind = typeof outcome === 'string' ? outcome : 'booted'
      outcomes.set(kind, (outcomes.get(kind) ?? 0) + 1)
    }
    expect([...outcomes.keys()].toSorted()).toEqual(['booted', 'damaged'])
  })

  test('cut off: a boot with everything before the cut', async () => {
    const { name, bytes } = await writeFile()
    for (let length = Math.max(0, bytes.length - 4096); length < bytes.length; length++) {
      const outcome = await boot(name, bytes.subarray(0, length))
      expectNothingInvented(outcome)
      if (typeof outcome === 'string') expect.fail(outcome)
    }
  })
})
