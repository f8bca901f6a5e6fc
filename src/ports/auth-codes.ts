import type { AccountId, PersonId, ProjectId } from '#domain/identifiers.ts'
import type { UsageLimits } from '#domain/usage-limits.ts'

/** How the verifier of an app becomes its challenge (RFC 7636). */
export type ChallengeMethod = 'S256' | 'plain'

/** What a person consented to: a key for an app that can show the verifier of this challenge. */
export interface AuthCode {
  readonly accountId: AccountId
  readonly personId: PersonId
  readonly keyName: string
  readonly limits: UsageLimits | null
  readonly keyExpiresAt: Date | null
  /** The project that the key joins; null: none. */
  readonly projectId: ProjectId | null
  /** Where the app is; absent: nowhere, the person was shown the code. */
  readonly appHost?: string
  readonly challenge: string
  readonly challengeMethod: ChallengeMethod
}

/** A code that is handed to an app. */
export interface NewAuthCode extends AuthCode {
  /** SHA-256 of the code. */
  readonly codeHash: Uint8Array
  readonly expiresAtMs: number
  readonly nowMs: number
}

/** Codes that apps exchange for keys. Times are given by the caller. */
export interface AuthCodeStore {
  /** False, and nothing was kept, when the person has `openMax` codes that can still be exchanged. */
  readonly create: (code: NewAuthCode, openMax: number) => Promise<boolean>
  /**
   * Takes the code, which is gone then whatever comes of it: of callers that race, one gets it. Undefined
   * when there is none, it is too old, or the person may not make keys of the account any more.
   */
  readonly take: (codeHash: Uint8Array, nowMs: number) => Promise<AuthCode | undefined>
  /** Removes those that are too old. */
  readonly removeExpired: (nowMs: number) => Promise<void>
}
