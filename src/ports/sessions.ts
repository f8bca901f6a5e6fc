import type { PersonId, SessionId } from '#domain/identifiers.ts'
import type { Person } from '#domain/people.ts'
import type { ProofMethod, Session, StepUpAction } from '#domain/sessions.ts'

/** A session that begins. `tokenHash` is the SHA-256 of its token. */
export interface NewSession {
  readonly id: SessionId
  readonly personId: PersonId
  readonly tokenHash: Uint8Array
  readonly authenticatedBy: ProofMethod
  readonly network: string | null
  readonly device: string
  readonly nowMs: number
}

/** A session that began, and whether the person was there with this device and network before. */
export interface BegunSession {
  readonly session: Session
  readonly isFirst: boolean
  readonly isKnownDevice: boolean
}

/** A session with the person whose it is. */
export interface SessionWithPerson {
  readonly session: Session
  readonly person: Person
}

/** A fresh proof within a session: its token is replaced by another. */
export interface Proof {
  readonly id: SessionId
  /** The token that this proof was given with; it opens nothing afterwards. */
  readonly oldTokenHash: Uint8Array
  readonly newTokenHash: Uint8Array
  readonly action: StepUpAction
  readonly method: ProofMethod
  /** Where it was given: the session is known there from now on, and nowhere else. */
  readonly network: string | null
  readonly device: string
  readonly nowMs: number
}

/** Where sessions live. Times are given by the caller; a session that ended is gone on every node at once. */
export interface SessionStore {
  /** Beyond `sessionsPerPersonMax` living sessions, those unused for longest end. */
  readonly begin: (session: NewSession) => Promise<BegunSession>
  /** Sessions that have ended are found too: the caller judges. */
  readonly findByToken: (tokenHash: Uint8Array) => Promise<SessionWithPerson | undefined>
  readonly touch: (id: SessionId, nowMs: number) => Promise<void>
  /**
   * Notes that the person is told of the session's use elsewhere. False when they were told after `againMs`; of
   * several callers at one moment, one is told true.
   */
  readonly noteElsewhere: (noted: {
    readonly id: SessionId
    readonly nowMs: number
    readonly againMs: number
  }) => Promise<boolean>
  /** Those that were not ended, last used first. The caller leaves out those that are too old. */
  readonly list: (personId: PersonId) => Promise<readonly Session[]>
  /**
   * Notes the proof and replaces the token; a proof with a passkey makes it a session by passkey. Undefined
   * when the session has ended or its token is another by now.
   */
  readonly prove: (proof: Proof) => Promise<Session | undefined>
  /** False when the person has no such living session. */
  readonly end: (ended: {
    readonly id: SessionId
    readonly personId: PersonId
    readonly nowMs: number
  }) => Promise<boolean>
  /** Ends all of a person's sessions but one, or all; returns how many. */
  readonly endAll: (ended: {
    readonly personId: PersonId
    readonly except: SessionId | null
    readonly nowMs: number
  }) => Promise<number>
  /** Removes sessions that ended, or began, before these moments; returns how many. */
  readonly removeOld: (before: {
    readonly endedMs: number
    readonly begunMs: number
  }) => Promise<number>
}
