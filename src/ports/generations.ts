import type { GenerationRecord } from '#domain/generation.ts'
import type { AccountId, GenerationId } from '#domain/identifiers.ts'
import type { RequestFilter, RequestOrder, RequestPlace } from '#domain/request-filter.ts'
import type { ChargedUsage } from '#domain/rerating.ts'

/** Content after compression and encryption: opaque bytes that only the vault can open. */
export interface SealedContent {
  readonly id: GenerationId
  readonly accountId: AccountId
  readonly createdAtMs: number
  readonly streamed: boolean
  /** The version of the account's data key it was sealed with. */
  readonly keyVersion: number
  readonly request: Uint8Array
  readonly response: Uint8Array
}

/** What to list. Every member narrows; null does not. */
export interface GenerationFilter {
  readonly accountId: AccountId | null
  readonly model: string | null
  readonly outcome: GenerationRecord['outcome'] | null
  readonly limit: number
  /** Continue after this id; null starts with the newest. */
  readonly after: GenerationId | null
}

/** One page of the requests of an account. */
export interface RequestSearch {
  readonly filter: RequestFilter
  readonly order: RequestOrder
  /** True: the smallest first. */
  readonly isRising: boolean
  /** Continue after this place; null starts at the beginning. */
  readonly after: RequestPlace | null
  readonly limit: number
}

/** One page of the charges of a period: `fromMs` is inside it, `toMs` is not. */
export interface ChargePage {
  readonly fromMs: number
  readonly toMs: number
  /** Continue after this charge; null starts with the oldest. */
  readonly after: Pick<ChargedUsage, 'id' | 'createdAtMs'> | null
  readonly limit: number
}

/** Where the request log lives. */
export interface GenerationStore {
  /**
   * Writes all, skipping ids that exist: writing the same batch again changes nothing. What is new is added
   * to the sums of traffic (see `UsageStore`) in the same transaction, and announced to whoever listens.
   */
  readonly insert: (records: readonly GenerationRecord[]) => Promise<void>
  /** Writes all, skipping ids that exist. */
  readonly insertContent: (contents: readonly SealedContent[]) => Promise<void>
  /** Null account: any account's (operators only). Another account's row is not found. */
  readonly find: (
    id: GenerationId,
    accountId: AccountId | null,
  ) => Promise<GenerationRecord | undefined>
  /** Those of the account that are there, in no particular order. */
  readonly findAll: (
    ids: readonly GenerationId[],
    accountId: AccountId,
  ) => Promise<readonly GenerationRecord[]>
  readonly findContent: (
    id: GenerationId,
    accountId: AccountId,
  ) => Promise<SealedContent | undefined>
  /** Newest first. */
  readonly list: (filter: GenerationFilter) => Promise<readonly GenerationRecord[]>
  /** Those that the filter means, in the order asked for; equal ones in the order of their ids. */
  readonly search: (search: RequestSearch) => Promise<readonly GenerationRecord[]>
  /** Every line that has a cost or says what it was counted from, oldest first. */
  readonly charges: (page: ChargePage) => Promise<readonly ChargedUsage[]>
}
