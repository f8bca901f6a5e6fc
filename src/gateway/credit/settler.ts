import { assert } from '#domain/faults.ts'
import type { GenerationRecord } from '#domain/generation.ts'
import type { GenerationId, LeaseId, NodeId } from '#domain/identifiers.ts'
import { nanoUsd, type NanoUsd, zeroNanoUsd } from '#domain/money.ts'
import type { Clock } from '#ports/clock.ts'
import type { GenerationStore } from '#ports/generations.ts'
import type { Journal, JournalPosition, JournalRecord } from '#ports/journal.ts'
import type { ChargeRecord, LedgerStore, SettleReport } from '#ports/ledger-store.ts'

import type { CreditPolicy } from './policy.ts'
import type { ReportProblem } from './problem.ts'
import type { StoreLink } from './store-link.ts'

/** A record that the journal has and the store may not have. */
export interface Unsettled {
  readonly record: GenerationRecord
  /** `charge`: it held money, or could have. `line`: only a line of the request log. */
  readonly kind: 'charge' | 'line'
  readonly leaseId: LeaseId | null
  /** The slices of spend limits that it was admitted on; none after a restart, which ends them. */
  readonly budgetLeaseIds: readonly LeaseId[]
  /** Called once, when the store has it. */
  readonly onSettled: (() => void) | null
  position: JournalPosition
}

/** `stuck`: the store refuses it by itself. */
type Progress = 'waiting' | 'settled' | 'stuck'

/** Booked: the ledger has the charge; its line of the request log may still be missing. */
type Entry = Unsettled & { progress: Progress; isBooked: boolean }

/** What a settler works with. */
export interface SettlerParts {
  readonly ledger: Pick<LedgerStore, 'settle'>
  readonly generations: Pick<GenerationStore, 'insert'>
  readonly journal: Journal
  readonly link: StoreLink
  readonly clock: Clock
  readonly nodeId: NodeId
  readonly policy: CreditPolicy
  readonly report: ReportProblem
}

/**
 * Brings what the journal holds to the store, in batches, in order, for as long as it takes. A batch
 * whose outcome is unknown is sent again: every charge counts once by its id. A charge that the store
 * refuses by itself is set aside, stays in the journal, and is offered again; it holds nobody up.
 */
export class Settler {
  readonly #parts: SettlerParts
  #queue: Entry[] = []
  #stuck: Entry[] = []
  #isRunning = false
  #hurries = 0
  #isStopped = false
  #cancelTimer: (() => void) | null = null
  #mayCheckpoint = false
  #checkpointAtMs = -Infinity
  #onEmpty: (() => void)[] = []
  #beyond = { overrunNanoUsd: zeroNanoUsd, lateNanoUsd: zeroNanoUsd }

  constructor(parts: SettlerParts) {
    this.#parts = parts
  }

  /** Everything the store does not have yet. */
  get unsettledCount(): number {
    return this.#queue.length + this.#stuck.length
  }

  get stuckCount(): number {
    return this.#stuck.length
  }

  /** What leases did not cover since the start of this process. */
  get beyondLeases(): { readonly overrunNanoUsd: NanoUsd; readonly lateNanoUsd: NanoUsd } {
    return this.#beyond
  }

  add(unsettled: Unsettled): void {
    this.#queue.push({ ...unsettled, progress: 'waiting', isBooked: false })
    if (this.#isRunning || this.#isStopped) return
    if (this.#queue.length >= this.#parts.policy.settleBatchChargesMax) void this.#run()
    else this.#cancelTimer ??= this.#after(this.#parts.policy.settleIntervalMs)
  }

  /** Looks from the newest on: whoever asks has mostly just been answered. */
  find(id: GenerationId): GenerationRecord | undefined {
    const isMeant = ({ record, progress }: Entry): boolean =>
      record.id === id && progress !== 'settled'
    return (this.#queue.findLast(isMeant) ?? this.#stuck.findLast(isMeant))?.record
  }

  /** Every charge that the ledger may not have. */
  get unbooked(): readonly GenerationRecord[] {
    return [...this.#queue, ...this.#stuck]
      .filter(({ kind, isBooked }) => kind === 'charge' && !isBooked)
      .map(({ record }) => record)
  }

  /** Says everything unsettled to the journal again, and where it stands now. */
  carry(scope: 'stuck' | 'all', append: (record: JournalRecord) => JournalPosition): void {
    const carried = scope === 'all' ? [...this.#stuck, ...this.#queue] : this.#stuck
    for (const unsettled of carried) unsettled.position = append(journalRecordOf(unsettled))
  }

  /** Resolves true when the store has everything, false when that takes longer than it may. */
  async drain(withinMs: number): Promise<boolean> {
    if (this.#queue.length === 0) return this.#stuck.length === 0
    this.#hurries += 1
    const isDone = new Promise<void>((resolve) => this.#onEmpty.push(resolve))
    if (!this.#isRunning) void this.#run()
    let cancel = (): void => {}
    const isLate = new Promise<void>((resolve) => {
      cancel = this.#parts.clock.after(withinMs, resolve)
    })
    await Promise.race([isDone, isLate])
    cancel()
    this.#hurries -= 1
    return this.unsettledCount === 0
  }

  stop(): void {
    this.#isStopped = true
    this.#cancelTimer?.()
    this.#cancelTimer = null
  }

  /** The journal of earlier lives was read to its end: from now on the checkpoint may move. */
  allowCheckpoints(): void {
    this.#mayCheckpoint = true
  }

  /** Moves the journal's checkpoint to the first record that the store does not have. */
  async checkpoint(): Promise<void> {
    const { journal, report, clock } = this.#parts
    if (!this.#mayCheckpoint) return
    this.#checkpointAtMs = clock.monotonicMs()
    const positions = [this.#queue[0], ...this.#stuck].flatMap((unsettled) =>
      unsettled === undefined ? [] : [unsettled.position],
    )
    const first = positions.length === 0 ? journal.end() : Math.min(...positions)
    try {
      await journal.checkpoint(first as JournalPosition)
    } catch (cause) {
      report({ kind: 'checkpoint_failed', cause })
    }
  }

  #after(delayMs: number): () => void {
    return this.#parts.clock.after(delayMs, () => {
      this.#cancelTimer = null
      void this.#run()
    })
  }

  async #run(): Promise<void> {
    if (this.#isRunning) return
    this.#isRunning = true
    const { policy, clock, link } = this.#parts
    while (this.#queue.length > 0 && !this.#isStopped) {
      const batch = this.#queue.slice(0, policy.settleBatchChargesMax)
      if ((await this.#isDurable()) && (await this.#settle(batch))) {
        this.#queue.splice(0, batch.length)
        const sinceMs = clock.monotonicMs() - this.#checkpointAtMs
        if (sinceMs >= policy.checkpointIntervalMs) await this.checkpoint()
        if (this.#hurries === 0 && this.#queue.length < policy.settleBatchChargesMax) break
      } else {
        await new Promise<void>((resolve) => {
          clock.after(Math.max(link.backoffMs(), policy.settleIntervalMs), resolve)
        })
      }
    }
    this.#isRunning = false
    if (this.#queue.length === 0) for (const resolve of this.#onEmpty.splice(0)) resolve()
    else if (!this.#isStopped) this.#cancelTimer ??= this.#after(policy.settleIntervalMs)
  }

  /**
   * The store never knows more than the disk: after a crash, the journal would tell the same request
   * otherwise. Only a node that ends with a broken disk has no other place left than the store.
   */
  async #isDurable(): Promise<boolean> {
    try {
      await this.#parts.journal.durable()
      return true
    } catch {
      return this.#hurries > 0
    }
  }

  /**
   * False: the store is away, and the same entries must be offered again. Otherwise each of them is
   * settled, or set aside because the store refuses it by itself.
   */
  async #settle(entries: readonly Entry[]): Promise<boolean> {
    const waiting = entries.filter(({ progress }) => progress === 'waiting')
    const offer = await this.#offer(waiting)
    if (offer.kind === 'away') return false
    if (offer.kind === 'done') {
      for (const entry of waiting) this.#finish(entry)
      return true
    }
    const [only] = waiting
    if (waiting.length === 1 && only !== undefined) {
      this.#setAside(only, offer.cause)
      return true
    }
    const half = Math.ceil(waiting.length / 2)
    return (await this.#settle(waiting.slice(0, half))) && this.#settle(waiting.slice(half))
  }

  async #offer(entries: readonly Entry[]): Promise<Offer> {
    const { ledger, generations, link, nodeId } = this.#parts
    const charges = entries.flatMap((entry) => chargeOf(entry, nodeId))
    const result = await link.call('settle', async () => {
      const report = charges.length === 0 ? null : await ledger.settle(charges)
      for (const entry of entries) entry.isBooked = true
      await generations.insert(entries.map(({ record }) => record))
      return report
    })
    if (result.kind === 'done') {
      if (result.value !== null) this.#note(result.value)
      return { kind: 'done' }
    }
    return result.isRefusal ? { kind: 'refused', cause: result.cause } : { kind: 'away' }
  }

  #note({ overrunNanoUsd, lateNanoUsd }: SettleReport): void {
    if (overrunNanoUsd > 0n) this.#parts.report({ kind: 'overrun', amountNanoUsd: overrunNanoUsd })
    if (lateNanoUsd > 0n) this.#parts.report({ kind: 'late', amountNanoUsd: lateNanoUsd })
    this.#beyond = {
      overrunNanoUsd: nanoUsd(this.#beyond.overrunNanoUsd + overrunNanoUsd),
      lateNanoUsd: nanoUsd(this.#beyond.lateNanoUsd + lateNanoUsd),
    }
  }

  #finish(entry: Entry): void {
    entry.progress = 'settled'
    entry.onSettled?.()
  }

  #setAside(entry: Entry, cause: unknown): void {
    const { report, clock, policy } = this.#parts
    entry.progress = 'stuck'
    report({ kind: 'charge_stuck', chargeId: entry.record.id, cause })
    this.#stuck.push(entry)
    if (this.#stuck.length > 1) return
    clock.after(policy.stuckRetryIntervalMs, () => void this.#retryStuck())
  }

  async #retryStuck(): Promise<void> {
    for (const entry of [...this.#stuck]) {
      if (this.#isStopped) return
      const offer = await this.#offer([entry])
      if (offer.kind !== 'done') continue
      this.#stuck = this.#stuck.filter((other) => other !== entry)
      this.#finish(entry)
    }
    if (this.#stuck.length === 0) return
    const { clock, policy } = this.#parts
    clock.after(policy.stuckRetryIntervalMs, () => void this.#retryStuck())
  }
}

type Offer =
  | { readonly kind: 'done' }
  | { readonly kind: 'away' }
  | { readonly kind: 'refused'; readonly cause: unknown }

function chargeOf(entry: Entry, nodeId: NodeId): ChargeRecord[] {
  if (entry.kind === 'line') return []
  const { record, leaseId, budgetLeaseIds } = entry
  const { priceVersionId } = record
  assert(priceVersionId !== null, 'a charge names the price version it was admitted with')
  return [
    {
      chargeId: record.id,
      accountId: record.accountId,
      leaseId,
      nodeId,
      costNanoUsd: record.costNanoUsd,
      priceVersionId,
      usageSource: record.usageSource,
      keyId: record.keyId,
      model: record.resolvedModel,
      provider: record.provider,
      promptTokens: record.usage.promptTokens,
      completionTokens: record.usage.completionTokens,
      cachedTokens: record.usage.cachedTokens,
      reasoningTokens: record.usage.reasoningTokens,
      budgetLeaseIds,
    },
  ]
}

function journalRecordOf({ kind, leaseId, record }: Unsettled): JournalRecord {
  return kind === 'charge' ? { kind: 'settle', leaseId, record } : { kind: 'log', record }
}
