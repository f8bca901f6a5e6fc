import type { GenerationRecord } from '#domain/generation.ts'
import type {
  AccountId,
  GenerationId,
  KeyId,
  LeaseId,
  NodeId,
  PriceVersionId,
} from '#domain/identifiers.ts'
import type { NanoUsd } from '#domain/money.ts'

/** A request was admitted: should the node die, this is enough to write its log line. */
export interface AdmitRecord {
  readonly kind: 'admit'
  readonly chargeId: GenerationId
  readonly accountId: AccountId
  readonly keyId: KeyId
  /** Null: nothing is held for it. */
  readonly leaseId: LeaseId | null
  readonly boundNanoUsd: NanoUsd
  readonly priceVersionId: PriceVersionId
  readonly requestedModel: string | null
  readonly resolvedModel: string | null
  readonly streamed: boolean
  readonly admittedAtMs: number
}

/** What the answer has cost so far. */
export interface ProgressRecord {
  readonly kind: 'progress'
  readonly chargeId: GenerationId
  readonly costNanoUsd: NanoUsd
}

/** The request ended: the charge and the whole log line. */
export interface SettleRecord {
  readonly kind: 'settle'
  readonly leaseId: LeaseId | null
  readonly record: GenerationRecord
}

/** The log line of a request that never held money. */
export interface LogRecord {
  readonly kind: 'log'
  readonly record: GenerationRecord
}

/** What the journal holds. No customer content, ever. */
export type JournalRecord = AdmitRecord | ProgressRecord | SettleRecord | LogRecord

declare const positionBrand: unique symbol

/** A place in one node's journal. Later records have larger positions; nothing else may be read from it. */
export type JournalPosition = number & { readonly [positionBrand]: true }

/** A record that an earlier life of this node left. */
export interface ReplayedRecord {
  readonly record: JournalRecord
  /** True when it stands before the checkpoint: what it settles is in the store already. */
  readonly settled: boolean
}

/**
 * `open`: all is well. `full`: there is no space; what is under way still fits in the space set aside,
 * nothing new may begin, and it opens again by itself. `broken`: the disk failed in a way that no
 * other file could make good; only a new start of the node helps.
 */
export type JournalState =
  | { readonly kind: 'open' }
  | { readonly kind: 'full'; readonly reason: string }
  | { readonly kind: 'broken'; readonly reason: string }

/** Which live records are asked for: those of requests under way, or everything that is not settled. */
export type CarryScope = 'under_way' | 'unsettled'

/**
 * One node's own record of what it admitted and charged, on its own disk. Records keep their order.
 * After a crash of the process everything written is there; after a loss of power everything durable.
 */
export interface Journal {
  readonly nodeId: NodeId
  /** Puts a record at the end. It never throws; where the record could not be kept, `durable` rejects. */
  readonly append: (record: JournalRecord) => JournalPosition
  /**
   * Resolves when everything appended so far was handed to the operating system, at the end of this turn: it
   * survives the death of this process. Callers in the same turn share one promise and one write. Never
   * rejects: what became of it stands in `state`, and `durable` says it.
   */
  readonly written: () => Promise<void>
  /**
   * Resolves when everything appended so far survives a loss of power. Callers in the same turn share
   * one promise. Rejects with `JournalError` when that cannot be promised.
   */
  readonly durable: () => Promise<void>
  /** The place where the next record will stand. */
  readonly end: () => JournalPosition
  /**
   * States that every `settle` and `log` record before this position is in the store. Frees the disk
   * space that is no longer needed. Rejects with `JournalError`; the old checkpoint then still stands.
   */
  readonly checkpoint: (settledThrough: JournalPosition) => Promise<void>
  /**
   * What earlier lives left, oldest first, in pieces. To be read once, before the first `append`.
   * Throws `JournalError` when it cannot be read whole.
   */
  readonly replay: () => AsyncIterable<readonly ReplayedRecord[]>
  /**
   * Registers who can say again what is still live. When a file ends or fails, `carry` is called and
   * must `append` the records asked for, synchronously, so that no older file is needed for them. Until
   * it is registered, nobody can say what is live, and a disk that fails breaks the journal.
   */
  readonly onCarry: (carry: (scope: CarryScope) => void) => void
  readonly state: () => JournalState
  /** Makes everything durable and lets go of the files. Never rejects. */
  readonly close: () => Promise<void>
}

/** Why a journal cannot be used. */
export type JournalFailure =
  | 'other_version'
  | 'other_node'
  | 'damaged'
  | 'disk_full'
  | 'disk_failed'
  | 'closed'

/** The journal cannot be used; the message names the file, the place and what to do. */
export class JournalError extends Error {
  override readonly name = 'JournalError'
  readonly failure: JournalFailure

  constructor(failure: JournalFailure, message: string, options: { cause?: unknown } = {}) {
    super(message, options)
    this.failure = failure
  }
}
