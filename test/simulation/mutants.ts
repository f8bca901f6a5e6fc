import type { LedgerModel } from '#adapters/memory/ledger-model.ts'
import type { GenerationId } from '#domain/identifiers.ts'
import { nanoUsd } from '#domain/money.ts'
import type { Journal, JournalRecord, ReplayedRecord } from '#ports/journal.ts'
import type { ChargeRecord, LedgerStore } from '#ports/ledger-store.ts'
import { StoreUnavailable } from '#ports/store-error.ts'

import type { Mutation } from './mutation.ts'

type LedgerChange = (ledger: LedgerStore) => Partial<LedgerStore>

const ledger =
  (change: LedgerChange): NonNullable<Mutation['ledger']> =>
  (right) => ({ ...right, ...change(right) })

const journal =
  (change: (right: Journal) => Partial<Journal>): NonNullable<Mutation['journal']> =>
  (right) => ({ ...right, ...change(right) })

const database =
  (
    change: (right: LedgerStore, model: LedgerModel) => Partial<LedgerStore>,
  ): NonNullable<Mutation['database']> =>
  (right, model) => ({ ...right, ...change(right, model) })

/** A replay in which some records are missing or changed. */
function replayed(
  right: Journal,
  change: (one: ReplayedRecord) => readonly ReplayedRecord[],
): Journal['replay'] {
  return async function* () {
    for await (const piece of right.replay()) yield piece.flatMap(change)
  }
}

/** A journal that loses one kind of record without a word. */
function losing(kind: JournalRecord['kind']): NonNullable<Mutation['journal']> {
  return journal((right) => ({
    append: (record) => (record.kind === kind ? right.end() : right.append(record)),
  }))
}

const swallow = async <Value>(call: Promise<Value>, instead: Value): Promise<Value> => {
  try {
    return await call
  } catch (error) {
    if (error instanceof StoreUnavailable) return instead
    throw error
  }
}

const nothingSettled = {
  settledCount: 0,
  duplicateCount: 0,
  overrunNanoUsd: nanoUsd(0n),
  lateNanoUsd: nanoUsd(0n),
}

/** The same charge under another name: what a store without a unique key would count twice. */
function renamed(charge: ChargeRecord, time: number): ChargeRecord {
  const tail = `again${time}`.padStart(20, 'x')
  return { ...charge, chargeId: `gen-1767614400-${tail}` as GenerationId }
}

const settlement: readonly Mutation[] = [
  {
    name: 'a charge sent twice counts twice',
    breaks: ['I2'],
    database: database((right, model) => {
      let times = 0
      return {
        settle: (charges) =>
          right.settle(
            charges.map((charge) =>
              model.state.charges.has(charge.chargeId) ? renamed(charge, (times += 1)) : charge,
            ),
          ),
      }
    }),
  },
  {
    name: 'a batch whose outcome is unknown is dropped',
    breaks: ['I4'],
    ledger: ledger((right) => ({
      settle: (charges) => swallow(right.settle(charges), nothingSettled),
    })),
  },
  {
    name: 'log lines whose write failed are dropped',
    breaks: ['I4'],
    generations: (right) => ({ insert: (records) => swallow(right.insert(records), undefined) }),
  },
  {
    name: 'late charges are dropped',
    breaks: ['I4'],
    database: database((right, model) => ({
      settle: (charges) =>
        right.settle(
          charges.filter(({ leaseId }) => {
            return leaseId === null || model.state.leases.get(leaseId)?.status === 'open'
          }),
        ),
    })),
  },
  {
    name: 'every charge is rounded down to ten nano-dollars',
    breaks: ['I2'],
    ledger: ledger((right) => ({
      settle: (charges) =>
        right.settle(
          charges.map((charge) => ({
            ...charge,
            costNanoUsd: nanoUsd(charge.costNanoUsd - (charge.costNanoUsd % 10n)),
          })),
        ),
    })),
  },
  {
    name: 'a charge is settled on no lease',
    breaks: ['I2', 'I3'],
    ledger: ledger((right) => ({
      settle: (charges) => right.settle(charges.map((charge) => ({ ...charge, leaseId: null }))),
    })),
  },
]

const leases: readonly Mutation[] = [
  {
    name: 'the node believes it was lent twice as much',
    breaks: ['I3'],
    ledger: ledger((right) => ({
      lease: async (request) => {
        const answer = await right.lease(request)
        if (answer.kind !== 'granted') return answer
        return { ...answer, addedNanoUsd: nanoUsd(answer.addedNanoUsd * 2n) }
      },
    })),
  },
  {
    name: 'more is given back than was free',
    breaks: ['I3', 'I7'],
    ledger: ledger((right) => ({
      giveBack: (request) =>
        right.giveBack({ ...request, amountNanoUsd: nanoUsd(request.amountNanoUsd * 2n) }),
    })),
  },
  {
    name: 'a lease is closed with requests under way',
    breaks: ['I6', 'I7'],
    ledger: ledger((right) => ({
      giveBack: (request) => right.giveBack({ ...request, close: true }),
    })),
  },
  {
    name: 'a lease whose extension failed is believed to be extended',
    breaks: ['I3'],
    ledger: ledger((right) => ({
      lease: async (request) =>
        swallow(right.lease(request), {
          kind: 'granted',
          addedNanoUsd: request.wantedNanoUsd,
          availableNanoUsd: nanoUsd(0n),
        }),
    })),
  },
  {
    name: 'an outage looks like an empty balance',
    breaks: ['L-6/L-9'],
    ledger: ledger((right) => ({
      lease: (request) =>
        swallow(right.lease(request), {
          kind: 'insufficient',
          availableNanoUsd: nanoUsd(0n),
          elsewhereNanoUsd: nanoUsd(0n),
        }),
    })),
  },
  {
    name: 'idle credit is never given back',
    breaks: ['L-9', 'L-6/L-9'],
    policy: (policy) => ({ ...policy, leaseIdleMs: 1e9 }),
  },
  {
    name: 'other nodes are never asked for idle credit',
    breaks: ['L-6/L-9'],
    policy: (policy) => ({ ...policy, leaseIdleMs: 900 }),
    ledger: ledger(() => ({ requestRecall: async () => {} })),
  },
  {
    name: 'a recall is not answered',
    breaks: ['L-6/L-9'],
    policy: (policy) => ({ ...policy, leaseIdleMs: 900 }),
    node: (right) => ({ ...right, recall: () => {} }),
  },
]

const fencing: readonly Mutation[] = [
  {
    name: 'a lease is used for twice as long as it lives',
    breaks: ['I6'],
    policy: (policy) => ({ ...policy, leaseTtlMs: (policy.leaseTtlMs ?? 0) * 2 }),
    ledger: ledger((right) => ({
      lease: (request) => right.lease({ ...request, ttlMs: request.ttlMs / 2 }),
      renew: (request) => right.renew({ ...request, ttlMs: request.ttlMs / 2 }),
    })),
  },
  {
    name: 'the life of a lease is counted from the reply, without a margin',
    breaks: ['I6'],
    policy: (policy) => ({ ...policy, leaseMarginMs: -600 }),
  },
  {
    name: 'renewals are believed without being made',
    breaks: ['I6', 'I7'],
    ledger: ledger(() => ({ renew: async () => [] })),
  },
  {
    name: 'what a renewal says of closed leases is ignored',
    breaks: ['I6'],
    ledger: ledger((right) => ({
      renew: async (request) => {
        await right.renew(request)
        return []
      },
    })),
  },
  {
    name: 'the store takes leases back before their grace is over',
    breaks: ['I6', 'I7', 'I8'],
    database: database((_right, model) => ({
      reclaimExpired: async () => model.reclaimExpired(-4_500),
    })),
  },
  {
    name: 'only the monotonic clock decides how long a lease may be used',
    breaks: ['I6'],
    clock: (right) => ({ ...right, nowMs: () => 1_767_614_400_000 }),
  },
  {
    name: 'a clock that stands still decides how long a lease may be used',
    breaks: ['I6', 'L-9'],
    clock: (right) => ({ ...right, nowMs: () => 1_767_614_400_000, monotonicMs: () => 0 }),
  },
  {
    name: 'a new life does not raise its epoch',
    breaks: ['L-16', 'I6'],
    ledger: ledger(() => ({ raiseEpoch: async () => 1 })),
  },
  {
    name: 'leases of earlier lives are not closed',
    breaks: ['L-16'],
    ledger: ledger(() => ({ closeOldLeases: async () => 0 })),
  },
  {
    name: 'leases of earlier lives are closed before their charges are settled',
    breaks: ['I7'],
    ledger: ledger((right) => ({
      raiseEpoch: async (nodeId) => {
        const epoch = await right.raiseEpoch(nodeId)
        await right.closeOldLeases(nodeId, epoch)
        return epoch
      },
    })),
  },
]

const journals: readonly Mutation[] = [
  {
    name: 'the end is sent before it is durable',
    breaks: ['I4'],
    journal: journal(() => ({ durable: async () => {} })),
  },
  {
    name: 'upstream is asked before the admission is written',
    breaks: ['I4'],
    journal: journal((right) => {
      const late: JournalRecord[] = []
      return {
        append: (record) => {
          if (record.kind === 'admit') {
            late.push(record)
            return right.end()
          }
          for (const admit of late.splice(0)) right.append(admit)
          return right.append(record)
        },
      }
    }),
  },
  { name: 'admissions are not written', breaks: ['I4'], journal: losing('admit') },
  { name: 'progress is not written', breaks: ['I4'], journal: losing('progress') },
  { name: 'ends are not written', breaks: ['I4'], journal: losing('settle') },
  {
    name: 'the checkpoint moves to the end at once',
    breaks: ['I4'],
    journal: journal((right) => ({ checkpoint: () => right.checkpoint(right.end()) })),
  },
  {
    name: 'nothing is replayed',
    breaks: ['I4'],
    journal: journal((right) => ({ replay: replayed(right, () => []) })),
  },
  {
    name: 'everything replayed is taken for settled',
    breaks: ['I4'],
    journal: journal((right) => ({
      replay: replayed(right, (one) => [{ ...one, settled: true }]),
    })),
  },
  {
    name: 'requests left unfinished are forgotten',
    breaks: ['I4'],
    journal: journal((right) => ({
      replay: replayed(right, (one) => (one.record.kind === 'admit' ? [] : [one])),
    })),
  },
  {
    name: 'requests left unfinished are charged twice their progress',
    breaks: ['I2'],
    journal: journal((right) => ({
      replay: replayed(right, (one) => {
        if (one.record.kind !== 'progress') return [one]
        const costNanoUsd = nanoUsd(one.record.costNanoUsd * 2n + 1n)
        return [{ ...one, record: { ...one.record, costNanoUsd } }]
      }),
    })),
  },
  {
    name: 'nothing is carried into the next file',
    breaks: ['I4'],
    journal: journal((right) => ({ onCarry: () => right.onCarry(() => {}) })),
  },
]

const disks: readonly Mutation[] = [
  {
    name: 'a sync that did not happen is believed',
    breaks: ['I4', 'boot'],
    disk: (right) => ({
      ...right,
      create: (name) => ({ ...right.create(name), sync: (done) => setImmediate(done, null) }),
    }),
  },
  {
    name: 'a failed sync is believed the second time',
    breaks: ['I4', 'boot'],
    disk: (right) => ({
      ...right,
      create: (name) => {
        const file = right.create(name)
        return {
          ...file,
          sync: (done) => file.sync((error) => (error ? file.sync(done) : done(null))),
        }
      },
    }),
  },
  {
    name: 'names of new files are not made durable',
    breaks: ['I4', 'boot'],
    disk: (right) => ({
      ...right,
      syncDirectory: (done) => setImmediate(done, null),
      syncDirectoryNow: () => {},
    }),
  },
]

/** Every deliberate mistake, each of which the simulation must notice. */
export const mutants: readonly Mutation[] = [
  ...settlement,
  ...leases,
  ...fencing,
  ...journals,
  ...disks,
]
