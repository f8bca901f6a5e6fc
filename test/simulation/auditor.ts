import type { LedgerModel } from '#adapters/memory/ledger-model.ts'
import type { GenerationRecord } from '#domain/generation.ts'
import type { AccountId, GenerationId, LeaseId, NodeId } from '#domain/identifiers.ts'
import { leaseRest } from '#domain/ledger/leases.ts'
import type { AdmitRecord } from '#ports/journal.ts'
import type { ChargeRecord } from '#ports/ledger-store.ts'

import { makeLedgerReplay } from './ledger-replay.ts'
import type { Profile } from './profile.ts'
import { demand, Violation } from './violation.ts'

/** What the auditor knows of one admitted request, from watching it. */
interface Watched {
  readonly admit: AdmitRecord
  readonly nodeId: NodeId
  readonly life: number
  /** What the client was told it had cost so far, and when it was last told. */
  progress: { readonly costNanoUsd: bigint; readonly atMs: number }[]
  /** What it was settled at; null while it is under way. */
  costNanoUsd: bigint | null
  /** Its node said that it survives the death of the process: it may go upstream. */
  isWritten: boolean
  /** The client saw the end of a successful answer. */
  isAcknowledged: boolean
  /** The store has the charge. */
  isStored: boolean
  /** The disk that knew of it is gone. */
  isLost: boolean
}

interface LeaseWatch {
  usedNanoUsd: bigint
  reservedNanoUsd: bigint
  /** What its charges cost beyond their bounds. */
  aboveBoundsNanoUsd: bigint
}

/** A request that waits for admission: the least that its account could have spent meanwhile. */
export interface Wish {
  readonly accountId: AccountId
  readonly boundNanoUsd: bigint
  leastSpendableNanoUsd: bigint
}

/** What the auditor is told of the world. */
export interface AuditorWorld {
  readonly model: LedgerModel
  readonly profile: Profile
  readonly nowMs: () => number
  readonly generations: ReadonlyMap<GenerationId, GenerationRecord>
}

/**
 * An independent model of what must be true. It hears of every admission, progress, end and answer from
 * outside the code under test, follows the ledger's history on its own books, and throws a `Violation`
 * the moment a promise is broken.
 */
export class Auditor {
  readonly #world: AuditorWorld
  readonly #replay: ReturnType<typeof makeLedgerReplay>
  readonly #requests = new Map<GenerationId, Watched>()
  readonly #leases = new Map<LeaseId, LeaseWatch>()
  readonly #wishes = new Set<Wish>()
  /** What is promised or used and not in the store yet. */
  readonly #outstanding = new Map<AccountId, bigint>()
  /** Leases that the store took back because they had expired. */
  readonly #reclaimed = new Set<LeaseId>()
  admittedCount = 0
  acknowledgedCount = 0
  refusedCount = 0
  unavailableCount = 0

  constructor(world: AuditorWorld) {
    this.#world = world
    this.#replay = makeLedgerReplay(world.model)
  }

  /** A node put an admission into its journal. */
  admitted(admit: AdmitRecord, by: { nodeId: NodeId; life: number }): void {
    if (this.#requests.has(admit.chargeId)) return
    this.admittedCount += 1
    this.#requests.set(admit.chargeId, {
      admit,
      ...by,
      progress: [],
      costNanoUsd: null,
      isWritten: false,
      isAcknowledged: false,
      isStored: false,
      isLost: false,
    })
    this.#addOutstanding(admit.accountId, admit.boundNanoUsd)
    if (admit.leaseId === null) {
      demand(admit.boundNanoUsd === 0n, 'I3', () => `${admit.chargeId} was admitted without credit`)
      return
    }
    const { state } = this.#world.model
    const lease = state.leases.get(admit.leaseId)
    demand(lease?.status === 'open', 'I6', () => {
      return `${admit.chargeId} was admitted on ${admit.leaseId}, which is ${lease?.status}`
    })
    // A raised epoch that arrives late, from a life that died while it asked, ends no lease by itself.
    const isRaisedLate = this.#world.profile.lateCallChance > 0
    const isCurrent = isRaisedLate || state.epochs.get(by.nodeId) === lease?.epoch
    demand(
      lease?.nodeId === by.nodeId && isCurrent,
      'I6',
      () => `${admit.leaseId} belongs to another life than ${by.nodeId}'s`,
    )
    const watch = this.#leaseWatch(admit.leaseId)
    watch.reservedNanoUsd += admit.boundNanoUsd
    const granted = (lease?.grantedNanoUsd ?? 0n) - (lease?.returnedNanoUsd ?? 0n)
    const taken = watch.usedNanoUsd + watch.reservedNanoUsd
    demand(taken <= granted, 'I3', () => `${admit.leaseId} has ${granted}, ${taken} is taken`)
    this.#noteWishes()
  }

  /** The request goes upstream. */
  written(chargeId: GenerationId): void {
    this.#watched(chargeId).isWritten = true
  }

  /** What a client was told so far. */
  progressed(chargeId: GenerationId, costNanoUsd: bigint): void {
    this.#requests.get(chargeId)?.progress.push({ costNanoUsd, atMs: this.#world.nowMs() })
  }

  /** A request ended; its node was told to settle it. */
  ended(chargeId: GenerationId, costNanoUsd: bigint): void {
    const watched = this.#watched(chargeId)
    const { accountId, leaseId, boundNanoUsd } = watched.admit
    if (!watched.isStored) this.#addOutstanding(accountId, costNanoUsd - boundNanoUsd)
    watched.costNanoUsd = costNanoUsd
    if (leaseId === null) return
    const watch = this.#leaseWatch(leaseId)
    watch.reservedNanoUsd -= boundNanoUsd
    watch.usedNanoUsd += costNanoUsd
  }

  /** The client saw the end of a successful answer. */
  acknowledged(chargeId: GenerationId): void {
    this.#watched(chargeId).isAcknowledged = true
    this.acknowledgedCount += 1
  }

  /** A request asks to be admitted. Its answer goes to `answered`. */
  wished(accountId: AccountId, boundNanoUsd: bigint): Wish {
    const leastSpendableNanoUsd = this.#spendable(accountId)
    const wish = { accountId, boundNanoUsd, leastSpendableNanoUsd }
    this.#wishes.add(wish)
    return wish
  }

  /** How the wish was answered. */
  answered(wish: Wish, kind: 'held' | 'insufficient' | 'unavailable'): void {
    this.#wishes.delete(wish)
    const { profile } = this.#world
    if (kind === 'insufficient') {
      this.refusedCount += 1
      const isOneAccountOfOne = profile.nodeCount === 1 && profile.faults.kill === 0
      if (!isOneAccountOfOne && !profile.isSequential) return
      demand(wish.leastSpendableNanoUsd < wish.boundNanoUsd, 'L-6/L-9', () => {
        return `${wish.boundNanoUsd} was refused, ${wish.leastSpendableNanoUsd} could be spent`
      })
    }
    if (kind === 'unavailable') {
      this.unavailableCount += 1
      const isPeaceful = profile.name === 'quiet' || profile.name === 'calm'
      demand(!isPeaceful, 'L-6', () => 'a request was sent away although nothing was wrong')
    }
  }

  /** The store is about to take back expired leases: which of them end by that is seen by `stored`. */
  reclaimedExpired(ids: readonly LeaseId[]): void {
    for (const id of ids) this.#reclaimed.add(id)
  }

  /** Something may have changed in the store: everything new is checked. */
  stored(): void {
    const { charges, lateLeases, touchedLeases } = this.#replay.follow()
    for (const charge of charges) this.#checkCharge(charge)
    for (const leaseId of lateLeases) {
      demand(this.#reclaimed.has(leaseId), 'I7', () => `a charge came late on ${leaseId}`)
    }
    for (const leaseId of touchedLeases) {
      const sums = this.#replay.leaseSums(leaseId)
      const watch = this.#leaseWatch(leaseId)
      const overrun = sums?.overrun ?? 0n
      demand(overrun <= watch.aboveBoundsNanoUsd, 'I3', () => {
        return `${leaseId} overran by ${overrun}, its charges by ${watch.aboveBoundsNanoUsd}`
      })
      const lateMax = (sums?.reclaimed ?? 0n) + watch.aboveBoundsNanoUsd
      demand((sums?.late ?? 0n) <= lateMax, 'I8', () => `${leaseId} was ${sums?.late} late`)
    }
    this.#noteWishes()
  }

  /** A node's disk is gone, with everything on it that the store does not have. */
  diskLost(nodeId: NodeId): void {
    let unbilled = 0n
    for (const watched of this.#requests.values()) {
      // What an earlier crash took with it is not lost again.
      if (watched.nodeId !== nodeId || watched.isLost) continue
      watched.isLost = true
      if (watched.isStored) continue
      const bound = watched.admit.boundNanoUsd
      const cost = watched.costNanoUsd ?? 0n
      unbilled += cost < bound ? cost : bound
    }
    const rests = [...this.#world.model.state.leases.values()]
      .filter((lease) => lease.nodeId === nodeId)
      .reduce((sum, lease) => sum + leaseRest(lease), 0n)
    demand(unbilled <= rests, 'I11', () => `${unbilled} is unbilled, leases held ${rests}`)
  }

  /**
   * A node is ready again. Everything its earlier lives had promised is in the store now; what they had only
   * written is there too, unless their disk lost what was not durable. What never went upstream may be gone.
   */
  recovered(nodeId: NodeId, isDiskWhole: boolean): void {
    const { state } = this.#world.model
    for (const lease of state.leases.values()) {
      if (lease.nodeId !== nodeId || lease.status !== 'open') continue
      throw new Violation('L-16', `${lease.id} of an earlier life of ${nodeId} is still open`)
    }
    for (const [chargeId, watched] of this.#requests) {
      if (watched.nodeId !== nodeId || watched.isStored || watched.isLost) continue
      demand(!watched.isAcknowledged, 'I4', () => `${chargeId} was acknowledged and is lost`)
      const mayBeLost = !isDiskWhole || !watched.isWritten
      demand(mayBeLost, 'I4', () => `${chargeId} went upstream and is lost`)
      watched.isLost = true
    }
  }

  /** The world has come to rest: nothing is under way and every node was stopped in order. */
  finished(): void {
    const { model, generations } = this.#world
    this.stored()
    for (const [chargeId, watched] of this.#requests) {
      if (watched.isLost || !watched.isAcknowledged) continue
      const charge = model.state.charges.get(chargeId)
      demand(charge?.costNanoUsd === watched.costNanoUsd, 'I4', () => {
        return `${chargeId} was acknowledged at ${watched.costNanoUsd}, stored ${charge?.costNanoUsd}`
      })
    }
    for (const { chargeId, costNanoUsd } of model.state.charges.values()) {
      if (this.#requests.get(chargeId)?.isLost) continue
      const line = generations.get(chargeId)
      demand(
        line?.costNanoUsd === costNanoUsd,
        'I4',
        () => `${chargeId} has no log line of its cost`,
      )
    }
    for (const [id, { books }] of model.state.accounts) {
      demand(books.held === 0n, 'L-16', () => `${books.held} of ${id} is still held`)
    }
    this.#checkUsage()
    const [difference] = model.verify()
    demand(difference === undefined, difference?.invariant ?? '', () => difference?.detail ?? '')
  }

  /** What customers see as their usage is, hour by hour, what their charges say: every one, once. */
  #checkUsage(): void {
    const { charges, usageHours } = this.#world.model.state
    const sums = new Map<string, { cost: bigint; count: number }>()
    const add = (name: string, cost: bigint, count: number): void => {
      const before = sums.get(name) ?? { cost: 0n, count: 0 }
      sums.set(name, { cost: before.cost + cost, count: before.count + count })
    }
    for (const { chargeId, accountId, keyId, model, costNanoUsd } of charges.values()) {
      const hour = Math.floor(Number(chargeId.split('-')[1]) / 3600)
      add(`${accountId} ${keyId} ${model ?? ''} ${hour}`, costNanoUsd, 1)
    }
    for (const row of usageHours.values()) {
      const name = `${row.accountId} ${row.keyId} ${row.model} ${row.hourMs / 3_600_000}`
      add(name, -row.costNanoUsd, -row.requestCount)
    }
    for (const [name, { cost, count }] of sums) {
      demand(cost === 0n && count === 0, 'I5', () => `the usage of ${name} is off by ${-cost}`)
    }
  }

  /** Nothing was asked for a while: what was lent must be back. */
  rested(): void {
    for (const [id, { books }] of this.#world.model.state.accounts) {
      demand(books.held === 0n, 'L-9', () => `${books.held} of ${id} is held by idle nodes`)
    }
  }

  #checkCharge(charge: ChargeRecord): void {
    const { chargeId, accountId, leaseId, costNanoUsd, usageSource } = charge
    const watched = this.#requests.get(chargeId)
    if (watched === undefined) throw new Violation('I2', `${chargeId} was charged, never admitted`)
    watched.isStored = true
    const { admit, costNanoUsd: endCost, progress } = watched
    this.#addOutstanding(admit.accountId, -(endCost ?? admit.boundNanoUsd))
    const isSame = accountId === admit.accountId && leaseId === admit.leaseId
    demand(isSame, 'I2', () => `${chargeId} was charged to another account or lease`)
    demand(
      charge.priceVersionId === admit.priceVersionId,
      'L-20',
      () => `${chargeId} was re-priced`,
    )
    if (leaseId !== null && costNanoUsd > admit.boundNanoUsd) {
      this.#leaseWatch(leaseId).aboveBoundsNanoUsd += costNanoUsd - admit.boundNanoUsd
    }
    if (usageSource !== 'orphan') {
      demand(costNanoUsd === endCost, 'I2', () => `${chargeId}: ${costNanoUsd}, not ${endCost}`)
      return
    }
    demand(
      !watched.isAcknowledged,
      'I4',
      () => `${chargeId} was acknowledged, charged as an orphan`,
    )
    const wasTold = costNanoUsd === 0n || progress.some((one) => one.costNanoUsd === costNanoUsd)
    demand(wasTold, 'I2', () => `orphan ${chargeId} was charged ${costNanoUsd}, which nobody told`)
  }

  /** What an orphan was told well before its process died must have been charged, to within a step. */
  orphansCharged(nodeId: NodeId, died: { life: number; atMs: number }): void {
    const step = this.#world.profile.policy.progressStepNanoUsd ?? 0n
    for (const [chargeId, watched] of this.#requests) {
      if (watched.nodeId !== nodeId || watched.life !== died.life || watched.isLost) continue
      const charge = this.#world.model.state.charges.get(chargeId)
      if (charge?.usageSource !== 'orphan') continue
      const told = watched.progress.findLast(({ atMs }) => atMs < died.atMs)?.costNanoUsd ?? 0n
      demand(charge.costNanoUsd > told - step, 'I4', () => {
        return `orphan ${chargeId} had cost ${told}, was charged ${charge.costNanoUsd}`
      })
    }
  }

  /** Everything the account could spend, wherever it is held, less what is promised or used. */
  #spendable(accountId: AccountId): bigint {
    const books = this.#world.model.state.accounts.get(accountId)?.books
    const outstanding = this.#outstanding.get(accountId) ?? 0n
    return (books?.available ?? 0n) + (books?.held ?? 0n) - outstanding
  }

  #addOutstanding(accountId: AccountId, amount: bigint): void {
    this.#outstanding.set(accountId, (this.#outstanding.get(accountId) ?? 0n) + amount)
  }

  #noteWishes(): void {
    for (const wish of this.#wishes) {
      const spendable = this.#spendable(wish.accountId)
      if (spendable < wish.leastSpendableNanoUsd) wish.leastSpendableNanoUsd = spendable
    }
  }

  #watched(chargeId: GenerationId): Watched {
    const watched = this.#requests.get(chargeId)
    if (watched === undefined) throw new Violation('I2', `${chargeId} was never admitted`)
    return watched
  }

  #leaseWatch(id: LeaseId): LeaseWatch {
    const known = this.#leases.get(id)
    if (known !== undefined) return known
    const watch = { usedNanoUsd: 0n, reservedNanoUsd: 0n, aboveBoundsNanoUsd: 0n }
    this.#leases.set(id, watch)
    return watch
  }
}
