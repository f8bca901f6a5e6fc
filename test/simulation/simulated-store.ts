import type { LedgerModel } from '#adapters/memory/ledger-model.ts'
import { makeMemoryLedgerStore } from '#adapters/memory/ledger.ts'
import type { VirtualTime } from '#adapters/memory/virtual-time.ts'
import type { GenerationRecord } from '#domain/generation.ts'
import type { GenerationId } from '#domain/identifiers.ts'
import type { LedgerStore } from '#ports/ledger-store.ts'
import { StoreUnavailable } from '#ports/store-error.ts'

import type { Auditor } from './auditor.ts'
import type { Chance } from './chance.ts'
import type { LogStore, Mutation } from './mutation.ts'
import { type Profile, storeLateMsMax, storeTimeoutMs } from './profile.ts'

/** The database and the network to it, as all nodes see them. */
export interface SimulatedStore {
  /** While it is down, calls fail at once or after a while, and nothing takes effect. */
  isDown: boolean
  readonly ledger: LedgerStore
  readonly log: LogStore
}

/** How one process hears answers: not at all once it is dead, later while it stands still. */
export type Hear = (call: () => void) => () => void

/** Everything that stands behind the network. */
export interface StoreWorld {
  readonly time: VirtualTime
  readonly chance: Chance
  readonly profile: Profile
  readonly model: LedgerModel
  readonly auditor: Auditor
  readonly generations: Map<GenerationId, GenerationRecord>
  readonly mutation: Mutation
  /** A promise was broken, or something failed that never may, where throwing would be swallowed. */
  readonly fail: (error: unknown) => void
}

/** The store itself: every operation happens whole, and the auditor looks after each one. */
export function makeSimulatedStore(world: StoreWorld): SimulatedStore {
  const { model, auditor, generations, mutation } = world
  const memory = makeMemoryLedgerStore(model)
  const audited = audit({
    ...memory,
    reclaimExpired: (graceMs) => {
      const isOpen = (id: string): boolean =>
        [...model.state.leases.values()].some((one) => one.id === id && one.status === 'open')
      const open = [...model.state.leases.keys()].filter(isOpen)
      const count = model.reclaimExpired(graceMs)
      auditor.reclaimedExpired(open.filter((id) => !isOpen(id)))
      return Promise.resolve(count)
    },
  })
  function audit(ledger: LedgerStore): LedgerStore {
    const watched = mutation.database?.(ledger, model) ?? ledger
    const after = <Value>(answer: Promise<Value>): Promise<Value> => {
      auditor.stored()
      return answer
    }
    return {
      ...watched,
      lease: (request) => after(watched.lease(request)),
      giveBack: (request) => after(watched.giveBack(request)),
      settle: (charges) => after(watched.settle(charges)),
      closeOldLeases: (nodeId, epoch) => after(watched.closeOldLeases(nodeId, epoch)),
      reclaimExpired: (graceMs) => after(watched.reclaimExpired(graceMs)),
    }
  }
  return {
    isDown: false,
    ledger: audited,
    log: {
      insert: async (records) => {
        for (const record of records) {
          if (!generations.has(record.id)) generations.set(record.id, record)
        }
      },
    },
  }
}

/** The store as one process reaches it: over a network that delays, loses and repeats its mind. */
export function connect(
  world: StoreWorld,
  store: SimulatedStore,
  hear: Hear,
): { readonly ledger: LedgerStore; readonly log: LogStore } {
  const { time, chance, profile, mutation } = world
  const send = <Value>(name: string, run: () => Promise<Value>): Promise<Value> =>
    new Promise((resolve, reject) => {
      const fail = (afterMs: number): void => {
        time.after(
          afterMs,
          hear(() => reject(new StoreUnavailable(`${name} failed`))),
        )
      }
      const thereMs = chance.between(1, 8) / 4
      const backMs = chance.between(1, 8) / 4
      if (store.isDown) return fail(chance.happens(0.7) ? thereMs : storeTimeoutMs)
      if (chance.happens(profile.lostCallChance)) return fail(storeTimeoutMs)
      const isLostRenewal = name === 'renew' && chance.happens(profile.lostRenewalChance)
      if (isLostRenewal) return fail(storeTimeoutMs)
      const isLate = chance.happens(profile.lateCallChance)
      const arrivesMs = isLate ? storeTimeoutMs + chance.between(1, storeLateMsMax - 1) : thereMs
      const isAnswerLost = isLate || chance.happens(profile.lostAnswerChance)
      if (isAnswerLost) fail(storeTimeoutMs)
      time.after(arrivesMs, () => {
        if (store.isDown) {
          if (!isAnswerLost) fail(backMs)
          return
        }
        const answer = run()
        answer.catch(() => {})
        if (isAnswerLost) return
        time.after(
          backMs,
          hear(() => void answer.then(resolve, reject)),
        )
      })
    })
  const { ledger, log } = store
  const remote: LedgerStore = {
    ...ledger,
    raiseEpoch: (nodeId) => send('raiseEpoch', () => ledger.raiseEpoch(nodeId)),
    lease: (request) => send('lease', () => ledger.lease(request)),
    renew: (request) => send('renew', () => ledger.renew(request)),
    giveBack: (request) => send('giveBack', () => ledger.giveBack(request)),
    requestRecall: (accountId) => send('requestRecall', () => ledger.requestRecall(accountId)),
    settle: (charges) => send('settle', () => ledger.settle(charges)),
    closeOldLeases: (nodeId, epoch) =>
      send('closeOldLeases', () => ledger.closeOldLeases(nodeId, epoch)),
    reclaimExpired: (graceMs) => send('reclaimExpired', () => ledger.reclaimExpired(graceMs)),
  }
  const remoteLog: LogStore = { insert: (records) => send('insert', () => log.insert(records)) }
  return {
    ledger: mutation.ledger?.(remote) ?? remote,
    log: mutation.generations?.(remoteLog) ?? remoteLog,
  }
}
