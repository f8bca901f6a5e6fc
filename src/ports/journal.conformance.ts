import { beforeEach, describe, expect, test } from 'vitest'

import { nanoUsd } from '#domain/money.ts'
import { zeroUsage } from '#domain/usage.ts'

import type { AdmitRecord, Journal, JournalRecord, LogRecord, SettleRecord } from './journal.ts'
import { JournalError } from './journal.ts'

/** One place for journals, opened again and again. */
export interface JournalPlace {
  /** Opens the journal of this node; the last one opened there is not used any more. */
  readonly open: (nodeId: Journal['nodeId']) => Journal
  /** About this much in records fills a file. */
  readonly segmentBytes: number
}

const nodeId = 'node_00000000000000000001'

/** An admission with nothing special about it. */
export function admitRecord(number: number): AdmitRecord {
  return {
    kind: 'admit',
    chargeId: `gen-1767614400-${String(number).padStart(20, '0')}`,
    accountId: 'acct_00000000000000000001',
    keyId: 'key_00000000000000000001',
    leaseId: 'lease_00000000000000000001',
    boundNanoUsd: nanoUsd(100n),
    priceVersionId: 'price_0123456789abcdef01234567',
    requestedModel: 'sim/echo',
    resolvedModel: 'sim/echo',
    streamed: false,
    admittedAtMs: 1_767_614_400_000,
  }
}

/** The end of the admission of the same number. */
export function settleRecord(number: number): SettleRecord {
  const { chargeId, accountId, keyId, leaseId, priceVersionId } = admitRecord(number)
  return {
    kind: 'settle',
    leaseId,
    record: {
      id: chargeId,
      accountId,
      keyId,
      createdAtMs: 1_767_614_400_000,
      requestedModel: 'sim/echo',
      resolvedModel: 'sim/echo',
      provider: 'simulated',
      upstreamModel: 'echo',
      upstreamId: 'chatcmpl-1',
      routingPath: [
        {
          provider: 'simulated',
          upstreamModel: 'echo',
          startedAtMs: 1_767_614_400_001,
          status: null,
          latencyMs: 12,
          errorClass: 'connect_failed',
        },
      ],
      outcome: 'completed',
      status: 200,
      faultCode: null,
      streamed: false,
      timeToFirstTokenMs: null,
      latencyMs: 34,
      usage: { ...zeroUsage, promptTokens: 5, imageCompletionTokens: 7 },
      usageSource: 'upstream',
      finishReason: 'stop',
      costNanoUsd: nanoUsd(BigInt(number)),
      priceVersionId,
      clientIp: '2001:db8::1',
      userAgent: 'a "quoted" agent, ünïcode and 模型',
      contentMode: 'full',
    },
  }
}

/** The log line of a request that held nothing. */
function logRecord(number: number): LogRecord {
  return { kind: 'log', record: { ...settleRecord(number).record, priceVersionId: null } }
}

/** The end of an admission that a credential of the customer's own answered. */
function ownSettleRecord(number: number): SettleRecord {
  const settle = settleRecord(number)
  const credentialId = 'cred_1' as const
  const own = {
    ...{ credentialId, feePartsPerMillion: 55_000 },
    upstreamNanoUsd: nanoUsd(2n ** 62n),
  } as const
  const routingPath = settle.record.routingPath.map((attempt) => ({
    ...attempt,
    credentialId,
  }))
  return { ...settle, record: { ...settle.record, own, routingPath } }
}

/** Everything a journal replays, in order. */
export async function replayAll(
  journal: Journal,
): Promise<readonly { record: JournalRecord; settled: boolean }[]> {
  const all = []
  for await (const piece of journal.replay()) all.push(...piece)
  return all
}

/** What every journal promises. `makePlace` gives an empty place for each test. */
export function journalConformance(name: string, makePlace: () => JournalPlace): void {
  let place: JournalPlace
  beforeEach(() => {
    place = makePlace()
  })

  const replayedAfter = async (records: readonly JournalRecord[]): Promise<unknown[]> => {
    const journal = place.open(nodeId)
    for (const record of records) journal.append(record)
    await journal.durable()
    const replayed = await replayAll(place.open(nodeId))
    return replayed.map(({ record }) => record)
  }

  describe(`${name}: what was written comes back`, () => {
    test('a new journal has nothing to replay', async () => {
      expect(await replayAll(place.open(nodeId))).toEqual([])
    })

    test('every kind of record, in order, exactly as it was', async () => {
      const records: JournalRecord[] = [
        admitRecord(1),
        { ...admitRecord(2), leaseId: null, requestedModel: null, resolvedModel: null },
        { kind: 'progress', chargeId: admitRecord(1).chargeId, costNanoUsd: nanoUsd(2n ** 62n) },
        settleRecord(1),
        { ...settleRecord(2), leaseId: null },
        ownSettleRecord(4),
        logRecord(3),
      ]
      expect(await replayedAfter(records)).toEqual(records)
    })

    test('records that were only written survive the end of the process', async () => {
      const journal = place.open(nodeId)
      journal.append(admitRecord(1))
      await journal.written()
      expect(await replayAll(place.open(nodeId))).toHaveLength(1)
    })

    test('records of several lives come back together, the oldest first', async () => {
      for (const number of [1, 2, 3]) {
        const journal = place.open(nodeId)
        await replayAll(journal)
        journal.append(admitRecord(number))
        await journal.written()
      }
      const replayed = await replayAll(place.open(nodeId))
      expect(replayed.map(({ record }) => record)).toEqual([1, 2, 3].map(admitRecord))
    })

    test('more than fits into one file comes back whole', async () => {
      const count = Math.ceil((place.segmentBytes * 3) / 400)
      const records = Array.from({ length: count }, (_, number) => settleRecord(number))
      expect(await replayedAfter(records)).toEqual(records)
    })
  })

  describe(`${name}: positions`, () => {
    test('later records have larger positions, also across files', () => {
      const journal = place.open(nodeId)
      const count = Math.ceil((place.segmentBytes * 3) / 400)
      let last = -1
      for (let number = 0; number < count; number++) {
        const position = journal.append(settleRecord(number))
        expect(position).toBeGreaterThan(last)
        expect(journal.end()).toBeGreaterThan(position)
        last = position
      }
    })
  })

  describe(`${name}: durability`, () => {
    test('all who ask in one turn share one promise', async () => {
      const journal = place.open(nodeId)
      journal.append(admitRecord(1))
      const first = journal.durable()
      journal.append(admitRecord(2))
      expect(journal.durable()).toBe(first)
      await first
    })

    test('it can be asked for when there is nothing to make durable', async () => {
      await expect(place.open(nodeId).durable()).resolves.toBeUndefined()
    })
  })

  describe(`${name}: checkpoints`, () => {
    test('behind a checkpoint at the end, nothing is replayed', async () => {
      const journal = place.open(nodeId)
      journal.append(settleRecord(1))
      await journal.durable()
      await journal.checkpoint(journal.end())
      await journal.close()
      const replayed = await replayAll(place.open(nodeId))
      expect(replayed.filter(({ settled }) => !settled)).toEqual([])
    })

    test('what stands before a checkpoint is said to be settled, what stands behind is not', async () => {
      const journal = place.open(nodeId)
      journal.append(admitRecord(1))
      journal.append(settleRecord(2))
      const position = journal.append(settleRecord(3))
      await journal.durable()
      await journal.checkpoint(position)
      const replayed = await replayAll(place.open(nodeId))
      expect(replayed).toContainEqual({ record: admitRecord(1), settled: true })
      expect(replayed.at(-1)).toEqual({ record: settleRecord(3), settled: false })
    })

    test('a checkpoint never moves back', async () => {
      const journal = place.open(nodeId)
      const first = journal.append(settleRecord(1))
      await journal.durable()
      await journal.checkpoint(journal.end())
      await journal.checkpoint(first)
      const replayed = await replayAll(place.open(nodeId))
      expect(replayed.filter(({ settled }) => !settled)).toEqual([])
    })

    test('what is carried at the end of a file is replayed when the file is gone', async () => {
      const journal = place.open(nodeId)
      const scopes: string[] = []
      journal.onCarry((scope) => {
        scopes.push(scope)
        journal.append(admitRecord(0))
      })
      journal.append(admitRecord(0))
      const count = Math.ceil((place.segmentBytes * 3) / 400)
      for (let number = 1; number < count; number++) journal.append(settleRecord(number))
      await journal.checkpoint(journal.end())
      expect(scopes).toContain('under_way')
      const replayed = await replayAll(place.open(nodeId))
      expect(replayed.length).toBeLessThan(count)
      expect(replayed.map(({ record }) => record)).toContainEqual(admitRecord(0))
    })
  })

  describe(`${name}: refusals`, () => {
    test("another node's journal is refused by name, and nothing is changed", async () => {
      const journal = place.open(nodeId)
      journal.append(admitRecord(1))
      await journal.durable()
      const refused = async (): Promise<unknown> =>
        replayAll(place.open('node_00000000000000000002'))
      const error: unknown = await refused().catch((cause: unknown) => cause)
      expect(error).toBeInstanceOf(JournalError)
      expect(error).toMatchObject({ failure: 'other_node' })
      expect(await replayAll(place.open(nodeId))).toHaveLength(1)
    })

    test('a closed journal promises nothing more', async () => {
      const journal = place.open(nodeId)
      await journal.close()
      expect(journal.state().kind).toBe('broken')
      journal.append(admitRecord(1))
      await expect(journal.durable()).rejects.toThrow(JournalError)
    })
  })
}
