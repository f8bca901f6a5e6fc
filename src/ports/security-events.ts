import type { AccountId, KeyId, PersonId, SessionId } from '#domain/identifiers.ts'
import type { SecurityEventKind } from '#domain/security-events.ts'

/** Something worth remembering about who was let in, or not. It never holds a secret. */
export interface SecurityEvent {
  readonly kind: SecurityEventKind
  readonly at: Date
  readonly personId: PersonId | null
  readonly accountId: AccountId | null
  readonly sessionId: SessionId | null
  readonly keyId: KeyId | null
  readonly requestId: string | null
  readonly clientIp: string | null
  readonly device: string | null
  readonly detail: string | null
}

/** An event with its place in the log. */
export interface LoggedSecurityEvent extends SecurityEvent {
  readonly id: bigint
}

/** The log of security events: written, read, shortened by age, never changed. */
export interface SecurityEventStore {
  readonly insert: (events: readonly SecurityEvent[]) => Promise<void>
  /** Newest first. `after` is the id of the last event of the page before. */
  readonly list: (page: {
    readonly personId: PersonId | null
    readonly accountId: AccountId | null
    readonly limit: number
    readonly after: bigint | null
  }) => Promise<readonly LoggedSecurityEvent[]>
  /** Keeps only the network part of addresses in events before this moment. */
  readonly shortenAddresses: (beforeMs: number) => Promise<void>
  /** Removes events before this moment. */
  readonly removeOld: (beforeMs: number) => Promise<void>
}
