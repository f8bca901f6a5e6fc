import type { ContentMode } from './accounts.ts'
import type { FaultCode } from './faults.ts'
import type { AccountId, CredentialId, GenerationId, KeyId, PriceVersionId } from './identifiers.ts'
import type { NanoUsd } from './money.ts'
import type { TokenUsage, UsageSource } from './usage.ts'

/**
 * How a request ended, in the one exit of its life. `completed`: the answer was delivered whole;
 * `refused`: codelace said no before any upstream was called; `upstream_failed`: no upstream could
 * answer, or it broke in the middle; `client_gone`: the client left before the end.
 */
export type Outcome = 'completed' | 'refused' | 'upstream_failed' | 'client_gone'

/** Why an attempt on one endpoint failed. */
export type AttemptErrorClass =
  | 'connect_failed'
  /** The address is one that customers may not have us reach: nothing was sent. */
  | 'address_refused'
  | 'reset'
  | 'timed_out'
  | 'wrong_content_type'
  | 'invalid_response'
  | 'truncated'
  | 'error_in_body'
  | 'status'
  /** The request cannot be written in the protocol of this endpoint: it was not asked. */
  | 'not_expressible'
  /** A mistake of ours: it says nothing of the endpoint. */
  | 'internal'
  | 'aborted'

/** One attempt on one endpoint: a step of the routing path. */
export interface RoutingAttempt {
  readonly provider: string
  readonly upstreamModel: string
  readonly startedAtMs: number
  /** The upstream's HTTP status; null when there was none. */
  readonly status: number | null
  readonly latencyMs: number
  readonly errorClass: AttemptErrorClass | null
  /** The customer's own credential that it was made with; absent: one of this installation. */
  readonly credentialId?: CredentialId
}

/** What was charged, and what was not, for an answer by a credential of the customer's own. */
export interface OwnCharge {
  readonly credentialId: CredentialId
  /** The part of the list price that was charged as a fee. */
  readonly feePartsPerMillion: number
  /** The list price: what the provider is expected to charge the customer. */
  readonly upstreamNanoUsd: NanoUsd
}

/**
 * One line of the request log: everything but the content. It is written for every request of a known
 * account, failed ones included. Times are wall-clock milliseconds or whole-millisecond durations.
 */
export interface GenerationRecord {
  readonly id: GenerationId
  readonly accountId: AccountId
  readonly keyId: KeyId
  readonly createdAtMs: number
  readonly requestedModel: string | null
  readonly resolvedModel: string | null
  readonly provider: string | null
  readonly upstreamModel: string | null
  /** The id the provider gave its own answer. */
  readonly upstreamId: string | null
  readonly routingPath: readonly RoutingAttempt[]
  readonly outcome: Outcome
  readonly status: number
  readonly faultCode: FaultCode | null
  readonly streamed: boolean
  readonly timeToFirstTokenMs: number | null
  readonly latencyMs: number
  readonly usage: TokenUsage
  readonly usageSource: UsageSource
  readonly finishReason: string | null
  readonly costNanoUsd: NanoUsd
  readonly priceVersionId: PriceVersionId | null
  /** Absent: the list price was charged. */
  readonly own?: OwnCharge
  readonly clientIp: string | null
  readonly userAgent: string | null
  readonly contentMode: ContentMode
}

/** What the customer sent and received, as bytes; compressed and encrypted before it is stored. */
export interface GenerationContent {
  readonly id: GenerationId
  readonly accountId: AccountId
  /** The request body exactly as received. */
  readonly request: Uint8Array
  /** The upstream's answer exactly as received: JSON, or the SSE text of a stream. */
  readonly response: Uint8Array
  readonly streamed: boolean
}
