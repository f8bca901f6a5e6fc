import type { MailId } from '#domain/identifiers.ts'

/** One mail that waits, sealed. */
export interface WaitingMail {
  readonly id: MailId
  readonly kind: string
  readonly sealed: Uint8Array
  readonly expiresAtMs: number
  /** How often it was tried before. */
  readonly attemptCount: number
}

/** Mails that wait to be sent. Times are given by the caller. */
export interface MailQueue {
  readonly put: (
    mail: Omit<WaitingMail, 'attemptCount'> & { readonly nowMs: number },
  ) => Promise<void>
  /**
   * The mails that are due, oldest first, and not yet expired: each goes to one caller, who has it for
   * `leaseMs` and counts as one attempt.
   */
  readonly claim: (wish: {
    readonly nowMs: number
    readonly leaseMs: number
    readonly limit: number
  }) => Promise<readonly WaitingMail[]>
  /** It was sent, or never will be. */
  readonly remove: (id: MailId) => Promise<void>
  readonly postpone: (later: {
    readonly id: MailId
    readonly dueAtMs: number
    readonly error: string
  }) => Promise<void>
  /** Removes what is of no use any more; returns how many those were. */
  readonly removeExpired: (nowMs: number) => Promise<number>
}
