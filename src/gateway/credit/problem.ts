import type { GenerationId } from '#domain/identifiers.ts'
import type { NanoUsd } from '#domain/money.ts'

/**
 * Something an operator should hear of. None of these lose money by themselves.
 * `store_call_failed`: the store refused a call for another reason than being away.
 * `charge_stuck`: the store refuses this one charge; it stays in the journal and is offered again.
 * `overrun`, `late`: charges that a lease did not cover; see the ledger.
 * `fenced`: another process uses this node's id; this one admits nothing any more.
 * `leases_reclaimed`: nodes vanished with leases; what they had not settled is lost revenue.
 * `orphans_settled`: requests that the last life of this node left unfinished were charged as far as known.
 * `log_lines_dropped`: too much waits for the store; log lines of refused requests were not kept.
 * `checkpoint_failed`: the journal could not move its checkpoint; more will be replayed after a crash.
 */
export type CreditProblem =
  | { readonly kind: 'store_call_failed'; readonly name: string; readonly cause: unknown }
  | { readonly kind: 'charge_stuck'; readonly chargeId: GenerationId; readonly cause: unknown }
  | { readonly kind: 'overrun'; readonly amountNanoUsd: NanoUsd }
  | { readonly kind: 'late'; readonly amountNanoUsd: NanoUsd }
  | { readonly kind: 'fenced' }
  | { readonly kind: 'leases_reclaimed'; readonly count: number }
  | { readonly kind: 'orphans_settled'; readonly count: number; readonly amountNanoUsd: NanoUsd }
  | { readonly kind: 'log_lines_dropped'; readonly count: number }
  | { readonly kind: 'checkpoint_failed'; readonly cause: unknown }

/** Where problems are told. Must not throw. */
export type ReportProblem = (problem: CreditProblem) => void
