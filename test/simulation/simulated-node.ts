import { openJournal } from '#adapters/journal/journal.ts'
import { makeMemoryDisk, type MemoryDisk } from '#adapters/journal/memory-disk.ts'
import type { AccountId, NodeId } from '#domain/identifiers.ts'
import type { CreditProblem } from '#gateway/credit/problem.ts'
import { type CreditNode, startCredit } from '#gateway/credit/start-credit.ts'
import type { Clock } from '#ports/clock.ts'
import type { Journal } from '#ports/journal.ts'
import { JournalError } from '#ports/journal.ts'
import { StoreUnavailable } from '#ports/store-error.ts'

import { connect, type SimulatedStore, type StoreWorld } from './simulated-store.ts'
import { demand, Violation } from './violation.ts'

/** One process on a machine, from its start to its end. */
interface Life {
  readonly number: number
  isAlive: boolean
  isPaused: boolean
  /** What happened while it stood still. */
  readonly deferred: (() => void)[]
  readonly release: () => void
  node: CreditNode | null
}

/** A machine: its disk, its clocks, and the process that runs on it, again and again. */
export class SimulatedNode {
  readonly #world: StoreWorld
  readonly #store: SimulatedStore
  #nodeId: NodeId
  #disk: MemoryDisk
  #life: Life | null = null
  #lifeCount = 0
  #isDiskWhole = true
  #died: { life: number; atMs: number } | null = null
  #wallOffsetMs: number
  #stoodStillMs = 0
  #suspendedAtMs: number | null = null
  #isStopping = false
  #cancelRestart = (): void => {}

  constructor(world: StoreWorld, store: SimulatedStore, nodeId: NodeId) {
    this.#world = world
    this.#store = store
    this.#nodeId = nodeId
    this.#disk = this.#makeDisk()
    const skew = world.profile.clockSkewMsMax
    this.#wallOffsetMs = world.chance.between(-skew, skew)
  }

  get nodeId(): NodeId {
    return this.#nodeId
  }

  get lifeNumber(): number {
    return this.#lifeCount
  }

  get isUp(): boolean {
    return this.#life !== null && this.#life.node !== null && !this.#isStopping
  }

  get disk(): MemoryDisk {
    return this.#disk
  }

  /** Runs something in the process that is up now, if it is alive by then; later while it stands still. */
  hear(call: (node: CreditNode) => void): () => void {
    const life = this.#life
    if (life === null) return () => {}
    return this.#guard(life, () => {
      if (life.node !== null) call(life.node)
    })
  }

  start(): void {
    this.#cancelRestart()
    if (this.#life !== null) return
    this.#lifeCount += 1
    const attached = this.#disk.attach()
    const life: Life = {
      number: this.#lifeCount,
      isAlive: true,
      isPaused: false,
      deferred: [],
      release: attached.release,
      node: null,
    }
    this.#life = life
    const clock = this.#clockOf(life)
    let journal: Journal
    try {
      journal = openJournal({
        disk: this.#world.mutation.disk?.(attached.disk) ?? attached.disk,
        nodeId: this.#nodeId,
        clock,
        randomBytes: this.#world.chance.bytes,
        turn: (call) => this.#world.time.turn(this.#guard(life, call)),
        segmentBytes: this.#world.profile.segmentBytes,
        emergencyBytes: 48 * 1024,
      })
    } catch (error) {
      return this.#failToStart(life, error)
    }
    void this.#boot(life, clock, journal)
  }

  async #boot(life: Life, clock: Clock, journal: Journal): Promise<void> {
    const { mutation, profile, chance, auditor } = this.#world
    const { ledger, log } = connect(this.#world, this.#store, (call) => this.#guard(life, call))
    const mutated = mutation.journal?.(journal) ?? journal
    const watched: Journal = {
      ...mutated,
      append: (record) => {
        const position = mutated.append(record)
        if (record.kind === 'admit') {
          auditor.admitted(record, { nodeId: this.#nodeId, life: life.number })
        }
        return position
      },
    }
    try {
      const node = await startCredit({
        ledger,
        generations: log,
        journal: watched,
        clock,
        randomBytes: chance.bytes,
        report: (problem) => this.#hearProblem(problem),
        policy: mutation.policy?.(profile.policy) ?? profile.policy,
      })
      life.node = mutation.node?.(node) ?? node
    } catch (error) {
      return this.#failToStart(life, error)
    }
    if (!life.isAlive) return
    const isDiskWhole = this.#isDiskWhole
    this.#isDiskWhole = true
    try {
      auditor.recovered(this.#nodeId, isDiskWhole)
      if (isDiskWhole && this.#died !== null) auditor.orphansCharged(this.#nodeId, this.#died)
    } catch (error) {
      this.#world.fail(error)
    }
    this.#died = null
  }

  /** The process is gone in the middle of what it did; it starts again after a while. */
  kill(options: { losePower: boolean; downMs: number }): void {
    this.#end()
    if (options.losePower) {
      this.#isDiskWhole = false
      this.#disk.losePower(this.#world.chance.number)
    }
    this.#restartAfter(options.downMs)
  }

  /** The machine is gone; another one takes its place, with an empty disk and another name. */
  loseDisk(nodeId: NodeId): void {
    this.#end()
    this.#world.auditor.diskLost(this.#nodeId)
    this.#nodeId = nodeId
    this.#disk = this.#makeDisk()
    this.#isDiskWhole = true
    this.#died = null
    this.#restartAfter(100)
  }

  /** The process stands still; with `suspend`, the machine and its monotonic clock too. */
  pause(options: { durationMs: number; suspend: boolean }): void {
    const life = this.#life
    if (life === null || life.isPaused) return
    life.isPaused = true
    if (options.suspend) this.#suspendedAtMs = this.#world.time.nowMs()
    this.#world.time.after(options.durationMs, () => {
      if (this.#suspendedAtMs !== null) {
        this.#stoodStillMs += this.#world.time.nowMs() - this.#suspendedAtMs
        this.#suspendedAtMs = null
      }
      life.isPaused = false
      for (const call of life.deferred.splice(0)) this.#world.time.turn(this.#guard(life, call))
    })
  }

  jumpWallClock(byMs: number): void {
    this.#wallOffsetMs += byMs
  }

  fillDisk(durationMs: number): void {
    const disk = this.#disk
    this.#isDiskWhole = false
    disk.setCapacity(disk.usedBytes() + this.#world.chance.between(0, 2_000))
    this.#world.time.after(durationMs, () => disk.setCapacity(Infinity))
  }

  failDisk(): void {
    this.#isDiskWhole = false
    this.#disk.failNextSync()
  }

  recall(accountId: AccountId): void {
    this.hear((node) => node.recall(accountId))()
  }

  /**
   * Whether the process has declared that only a new start helps: its disk failed, or its epoch was
   * raised by a call of an earlier life that arrived late.
   */
  get isBroken(): boolean {
    const status = this.#life?.node?.status()
    return status !== undefined && status.isBroken && !this.#isStopping
  }

  /** Nothing is under way in the process, or there is none. */
  get isIdle(): boolean {
    return (this.#life?.node?.status().underWayCount ?? 0) === 0
  }

  /** Takes no new requests, and stops in order when the last one has ended. */
  async restart(isStoreUp: boolean): Promise<void> {
    const life = this.#life
    if (life === null || !this.isUp) return
    this.#isStopping = true
    while (!this.isIdle) {
      await new Promise<void>((resolve) => this.#world.time.after(50, this.#guard(life, resolve)))
    }
    await this.stop(isStoreUp)
    this.start()
  }

  /**
   * Stops in order, once nothing is under way. Resolves to true when nothing is left for a next life, which
   * must be so when the store was up.
   */
  async stop(isStoreUp: boolean): Promise<boolean> {
    const life = this.#life
    if (life === null || life.node === null) return false
    this.#isStopping = true
    const journalWas = life.node.status().journal.kind
    const end = await life.node.stop()
    this.#isStopping = false
    if (!life.isAlive) return false
    if (isStoreUp && journalWas === 'open') {
      const isClean = end.unsettledCount === 0 && end.openLeaseCount === 0
      demand(isClean && end.underWayCount === 0, 'L-16', () => {
        return `${this.#nodeId} stopped with ${JSON.stringify(end)}`
      })
    }
    life.isAlive = false
    life.release()
    this.#life = null
    return end.unsettledCount === 0 && end.underWayCount === 0
  }

  #end(): void {
    const life = this.#life
    if (life === null) return
    life.isAlive = false
    life.release()
    this.#life = null
    this.#isStopping = false
    this.#died = { life: life.number, atMs: this.#world.time.nowMs() }
  }

  #restartAfter(delayMs: number): void {
    this.#cancelRestart()
    this.#cancelRestart = this.#world.time.after(delayMs, () => this.start())
  }

  #failToStart(life: Life, error: unknown): void {
    if (!life.isAlive) return
    const isExpected =
      error instanceof StoreUnavailable ||
      (error instanceof JournalError && ['disk_full', 'disk_failed'].includes(error.failure))
    if (!isExpected)
      this.#world.fail(
        new Violation('boot', error instanceof Error ? (error.stack ?? '') : String(error)),
      )
    life.isAlive = false
    life.release()
    this.#life = null
    this.#restartAfter(100)
  }

  #hearProblem(problem: CreditProblem): void {
    if (problem.kind === 'store_call_failed' || problem.kind === 'charge_stuck') {
      this.#world.fail(new Violation('store', `${problem.kind}: ${String(problem.cause)}`))
    } else if (problem.kind === 'fenced' && this.#world.profile.lateCallChance === 0) {
      this.#world.fail(new Violation('I6', `${this.#nodeId} was fenced by nobody`))
    }
  }

  #clockOf(life: Life): Clock {
    const { time, mutation } = this.#world
    const clock: Clock = {
      nowMs: () => time.clock.nowMs() + this.#wallOffsetMs,
      monotonicMs: () => (this.#suspendedAtMs ?? time.nowMs()) - this.#stoodStillMs,
      after: (delayMs, call) => time.after(delayMs, this.#guard(life, call)),
    }
    return mutation.clock?.(clock) ?? clock
  }

  #guard(life: Life, call: () => void): () => void {
    return () => {
      if (!life.isAlive) return
      if (life.isPaused) life.deferred.push(call)
      else call()
    }
  }

  #makeDisk(): MemoryDisk {
    const { time, chance } = this.#world
    return makeMemoryDisk((call) => void time.after(chance.between(1, 12) / 4, call))
  }
}
