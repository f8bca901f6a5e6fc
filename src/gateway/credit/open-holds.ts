import type { BudgetId } from '#domain/budgets.ts'
import { assert } from '#domain/faults.ts'
import type { GenerationRecord } from '#domain/generation.ts'
import type { AccountId, LeaseId } from '#domain/identifiers.ts'
import { type NanoUsd, zeroNanoUsd } from '#domain/money.ts'
import { type Enrolled, notEnrolled, Roster } from '#domain/roster.ts'
import type { Clock } from '#ports/clock.ts'
import type { AdmitRecord, Journal } from '#ports/journal.ts'

import type { Budgets } from './budgets.ts'
import type { Hold } from './credit.ts'
import type { LeaseBook } from './lease-book.ts'
import type { Lease } from './lease.ts'
import type { CreditPolicy } from './policy.ts'
import { clipped } from './record.ts'
import type { Settler } from './settler.ts'

/** A request that is under way. */
interface UnderWay extends Enrolled {
  readonly admit: AdmitRecord
  progressNanoUsd: NanoUsd
}

/** What is set aside for one request: on the account's credit, and on the spend limits it has. */
export interface Held {
  readonly lease: Lease<AccountId> | null
  readonly slices: readonly Lease<BudgetId>[]
}

/** The holds of a node: what is under way, by charge id. */
export interface OpenHolds {
  readonly open: (admit: AdmitRecord, held: Held) => Hold
  readonly count: () => number
  /** Says everything under way to the journal again. */
  readonly carry: () => void
}

/** What holds work with. */
export interface HoldParts {
  readonly book: LeaseBook
  readonly budgets: Budgets | null
  readonly settler: Settler
  readonly journal: Journal
  readonly clock: Clock
  readonly policy: CreditPolicy
}

/** No holds yet. */
export function makeOpenHolds(parts: HoldParts): OpenHolds {
  const underWay = new Roster<UnderWay>()
  return {
    count: () => underWay.size,
    carry: () => {
      underWay.forEach(({ admit, progressNanoUsd }) => {
        parts.journal.append(admit)
        if (progressNanoUsd > 0n) {
          const { chargeId } = admit
          parts.journal.append({ kind: 'progress', chargeId, costNanoUsd: progressNanoUsd })
        }
      })
    },
    open: (admit, held) => {
      const state: UnderWay = {
        admit,
        progressNanoUsd: zeroNanoUsd,
        rosterPlace: notEnrolled,
      }
      parts.journal.append(admit)
      underWay.add(state)
      return {
        chargeId: admit.chargeId,
        written: parts.journal.written(),
        progress: makeProgress(parts, state),
        settle: (record) => {
          assert(underWay.delete(state), `${admit.chargeId} was settled before`)
          return settle(parts, { admit, held, record })
        },
      }
    },
  }
}

/** Notes the cost on disk when it grew by a step, or when it grew at all and some time has passed. */
function makeProgress(
  { journal, clock, policy }: HoldParts,
  state: UnderWay,
): (costNanoUsd: NanoUsd) => void {
  let notedAtMs = clock.monotonicMs()
  return (costNanoUsd) => {
    const grownNanoUsd = costNanoUsd - state.progressNanoUsd
    if (grownNanoUsd <= 0n) return
    const nowMs = clock.monotonicMs()
    const isDue = nowMs - notedAtMs >= policy.progressIntervalMs
    if (!isDue && grownNanoUsd < policy.progressStepNanoUsd) return
    notedAtMs = nowMs
    state.progressNanoUsd = costNanoUsd
    journal.append({ kind: 'progress', chargeId: state.admit.chargeId, costNanoUsd })
  }
}

function settle(
  { book, budgets, settler, journal }: HoldParts,
  end: { admit: AdmitRecord; held: Held; record: GenerationRecord },
): Promise<void> {
  const { admit, held } = end
  const { lease, slices } = held
  const record = chargeable(end.record, admit)
  const { boundNanoUsd } = admit
  const { costNanoUsd } = record
  if (lease !== null) book.release(lease, { boundNanoUsd, costNanoUsd })
  if (slices.length > 0) budgets?.release(slices, { boundNanoUsd, costNanoUsd })
  const position = journal.append({ kind: 'settle', leaseId: admit.leaseId, record })
  settler.add({
    record,
    kind: 'charge',
    leaseId: admit.leaseId,
    budgetLeaseIds: slices.length === 0 ? noSlices : slices.map(({ id }) => id),
    onSettled: lease === null ? null : () => countSettled(lease, slices),
    position,
  })
  return journal.durable()
}

const noSlices: readonly LeaseId[] = []

function countSettled(lease: Lease, slices: readonly Lease[]): void {
  lease.unsettledCount -= 1
  for (const slice of slices) slice.unsettledCount -= 1
}

/** A charge is never a credit, and always names the price version it was admitted with. */
function chargeable(record: GenerationRecord, admit: AdmitRecord): GenerationRecord {
  assert(record.id === admit.chargeId, `${record.id} is not what ${admit.chargeId} was admitted as`)
  const short = clipped(record)
  if (short.costNanoUsd >= 0n && short.priceVersionId !== null) return short
  return {
    ...short,
    costNanoUsd: short.costNanoUsd < 0n ? zeroNanoUsd : short.costNanoUsd,
    priceVersionId: short.priceVersionId ?? admit.priceVersionId,
  }
}
