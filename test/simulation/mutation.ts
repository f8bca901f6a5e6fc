import type { Disk } from '#adapters/journal/disk.ts'
import type { LedgerModel } from '#adapters/memory/ledger-model.ts'
import type { CreditPolicy } from '#gateway/credit/policy.ts'
import type { CreditNode } from '#gateway/credit/start-credit.ts'
import type { Clock } from '#ports/clock.ts'
import type { GenerationStore } from '#ports/generations.ts'
import type { Journal } from '#ports/journal.ts'
import type { LedgerStore } from '#ports/ledger-store.ts'

/** The part of the store for log lines that credit writes to. */
export type LogStore = Pick<GenerationStore, 'insert'>

/**
 * One deliberate mistake, made at a seam between the code under test and its world: what the code asks
 * for is changed on its way, so that the whole behaves as if that code had been written wrong. A
 * simulation that does not notice is no proof of anything.
 */
export interface Mutation {
  readonly name: string
  /** Which promises it can break: a violation of another one is a surprise. */
  readonly breaks: readonly string[]
  readonly policy?: (policy: Partial<CreditPolicy>) => Partial<CreditPolicy>
  /** Between a node and the way to the store. */
  readonly ledger?: (ledger: LedgerStore) => LedgerStore
  /** Inside the store. */
  readonly database?: (ledger: LedgerStore, model: LedgerModel) => LedgerStore
  readonly generations?: (generations: LogStore) => LogStore
  readonly journal?: (journal: Journal) => Journal
  readonly disk?: (disk: Disk) => Disk
  readonly clock?: (clock: Clock) => Clock
  readonly node?: (node: CreditNode) => CreditNode
}

/** The code as it is. */
export const noMutation: Mutation = { name: 'none', breaks: [] }
