import type { BudgetId, SpendOwner } from '#domain/budgets.ts'
import type { GenerationRecord } from '#domain/generation.ts'
import type { AccountId, GenerationId, KeyId, PriceVersionId } from '#domain/identifiers.ts'
import type { NanoUsd } from '#domain/money.ts'
import type { UtcDay, WindowAmounts, WindowStanding } from '#domain/spend-windows.ts'

/**
 * A request that wants to spend. The bound is the most it can cost; it is zero for free models. The key
 * and the model are for the log line that is written should this process die before `settle`.
 */
export interface AdmissionRequest {
  readonly chargeId: GenerationId
  readonly accountId: AccountId
  readonly keyId: KeyId
  readonly requestedModel: string | null
  readonly resolvedModel: string | null
  readonly streamed: boolean
  readonly boundNanoUsd: NanoUsd
  readonly priceVersionId: PriceVersionId
  /** The spend limits that its cost counts against, beside the credit; absent where there are none. */
  readonly budgets?: readonly BudgetId[]
}

/**
 * `held`: the bound is set aside and the request may go upstream. `insufficient`: it was not, and
 * `availableNanoUsd` is what the account could still spend on this request. `unavailable`: the store cannot
 * be asked, and this node holds too little credit to decide without it. `limited`: there may be credit, but
 * this spend limit leaves no more than `availableNanoUsd`; `standing` is how it stood, where that is known.
 */
export type Admission =
  | { readonly kind: 'held'; readonly hold: Hold }
  | { readonly kind: 'insufficient'; readonly availableNanoUsd: NanoUsd }
  | {
      readonly kind: 'limited'
      readonly budgetId: BudgetId
      readonly availableNanoUsd: NanoUsd
      readonly standing: WindowStanding | null
    }
  | { readonly kind: 'unavailable'; readonly retryAfterSeconds: number }

/** Money set aside for one request. It ends with exactly one `settle`, whatever happened. */
export interface Hold {
  readonly chargeId: GenerationId
  /**
   * Resolves at the end of this turn, when the admission survives the death of this process: nobody may be
   * asked upstream before. Never rejects.
   */
  readonly written: Promise<void>
  /** What the answer has cost so far; charged if this process dies before `settle`. Cheap; never throws. */
  readonly progress: (costNanoUsd: NanoUsd) => void
  /**
   * Charges `record.costNanoUsd` (zero releases everything), frees the rest at once, and resolves when
   * the charge and the log line are on this machine's disk: only then may the end of a successful answer
   * leave. Rejects when the disk failed; the end must then not leave.
   */
  readonly settle: (record: GenerationRecord) => Promise<void>
}

/** The node's own view of credit: admission without a database on the way. */
export interface Credit {
  /** Answers at once, without a promise, when this node holds enough of the account's credit. */
  readonly admit: (request: AdmissionRequest) => Admission | Promise<Admission>
  /** Writes the log line of a request that never held money. Not waited for. */
  readonly log: (record: GenerationRecord) => void
  /** A record that this node has written but the store may not have yet. */
  readonly findPending: (id: GenerationId) => GenerationRecord | undefined
  /** What this node has charged to this owner and the store may not have yet. */
  readonly pendingSpent: (ownerId: SpendOwner, day: UtcDay) => WindowAmounts
  /** The spend limits of this owner have changed: idle slices of the old ones go back. */
  readonly forgetBudgets: (ownerId: SpendOwner) => void
}
