import type { Caller } from '#contract/route.ts'
import type { Account, ApiKey } from '#domain/accounts.ts'
import type { KeyId, PersonId } from '#domain/identifiers.ts'
import type { MemberRole, MembershipWithAccount, Person } from '#domain/people.ts'
import type { Session } from '#domain/sessions.ts'

/** Where a request comes from. */
export interface Visitor {
  /** The client's address as the server sees it; null where there is none. */
  readonly address: string | null
  readonly userAgent: string | null
  /** The host and scheme that the client called, as a URL's origin. */
  readonly origin: string
  readonly requestId: string
}

/** Nobody in particular: the route asks for no proof. */
export interface Nobody {
  readonly kind: 'nobody'
}

/** A program with an operator token. */
export interface OperatorToken {
  readonly kind: 'operator_token'
  readonly key: ApiKey
  readonly account: Account
}

/** What every person in a session brings. */
interface InSession {
  readonly person: Person
  readonly session: Session
  /** SHA-256 of the token that this request was sent with. */
  readonly tokenHash: Uint8Array
}

/** Someone who runs the installation, in a session by passkey. `account` is the operator's account. */
export interface OperatorPerson extends InSession {
  readonly kind: 'operator_person'
  readonly account: Account
}

/** A person about themselves. */
export interface PersonActor extends InSession {
  readonly kind: 'person'
  readonly memberships: readonly MembershipWithAccount[]
}

/** A person in the account that the path names, with a role that suffices. */
export interface MemberActor extends InSession {
  readonly kind: 'member'
  readonly account: Account
  readonly role: MemberRole
}

/** Whoever runs the installation. */
export type OperatorActor = OperatorToken | OperatorPerson

/** Whoever may call something. */
export type Actor = Nobody | OperatorActor | PersonActor | MemberActor

/** Who an operation meets, by what its route says of its callers. */
export type ActorOf<C extends Caller> = C extends 'anyone'
  ? Nobody
  : C extends 'operator'
    ? OperatorActor
    : C extends 'session'
      ? PersonActor
      : C extends `member:${MemberRole}`
        ? OperatorActor | MemberActor
        : never

/** The id that stands for an actor in logs and histories: of the key, or of the person. */
export function actorIdOf(actor: Actor): KeyId | PersonId | null {
  switch (actor.kind) {
    case 'nobody':
      return null
    case 'operator_token':
      return actor.key.id
    default:
      return actor.person.id
  }
}

/** Who did it, as the history of an account keeps it. */
export function authorOf(actor: OperatorActor | MemberActor): {
  readonly actorKeyId: KeyId | null
  readonly actorPersonId: PersonId | null
} {
  return actor.kind === 'operator_token'
    ? { actorKeyId: actor.key.id, actorPersonId: null }
    : { actorKeyId: null, actorPersonId: actor.person.id }
}
