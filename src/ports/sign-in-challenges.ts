import type { PersonId } from '#domain/identifiers.ts'
import type { ChallengePurpose, ChallengeTally } from '#domain/sign-in.ts'

/** A code that was sent. Its id, its code and its address are known here only as hashes, but for `email`. */
export interface NewChallenge {
  /** SHA-256 of the id that the asking browser was given. */
  readonly idHash: Uint8Array
  readonly codeHash: Uint8Array
  readonly isShort: boolean
  readonly purpose: ChallengePurpose
  /** Who asks; null for a sign-in, where that is not known yet. */
  readonly personId: PersonId | null
  /** The address that the code is sent to, in its canonical form. */
  readonly email: string
  readonly expiresAtMs: number
}

/** What a challenge is for, while it is open. */
export interface OpenChallenge {
  readonly purpose: ChallengePurpose
  readonly personId: PersonId | null
  readonly email: string
}

/** `over`: used, too old, guessed at too often, or never there. */
export type AttemptResult =
  | { readonly kind: 'right' }
  | { readonly kind: 'wrong'; readonly triesLeft: number }
  | { readonly kind: 'over' }

/**
 * Where codes live, which is also what their limits are counted from. Times are given by the caller; what
 * one node counts, every node counts.
 */
export interface ChallengeStore {
  /**
   * Counts, asks `decide`, and opens what it answers, as one step: callers for the same address or the same
   * network take turns. `decide` is called once or, after a collision, again; undefined opens nothing.
   */
  readonly open: (wish: {
    readonly addressHash: Uint8Array
    /** The address itself, only to find sessions of its owner. */
    readonly email: string
    readonly network: string
    readonly nowMs: number
    readonly decide: (tally: ChallengeTally) => NewChallenge | undefined
  }) => Promise<void>
  /** Undefined when it is over. */
  readonly find: (idHash: Uint8Array, nowMs: number) => Promise<OpenChallenge | undefined>
  /**
   * Compares a code. A wrong one counts; a right one uses the challenge up, if `consume` says so. Of many
   * that come at once with the right code, exactly one is told `right` with `consume`.
   */
  readonly attempt: (attempt: {
    readonly idHash: Uint8Array
    readonly codeHash: Uint8Array
    readonly consume: boolean
    readonly nowMs: number
  }) => Promise<AttemptResult>
  /** Forgets addresses of challenges that are over, and removes challenges that no limit counts any more. */
  readonly removeOld: (nowMs: number) => Promise<void>
}
