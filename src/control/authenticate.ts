import type { Caller, Route } from '#contract/route.ts'
import { Fault } from '#domain/faults.ts'
import { refusalOfKey } from '#domain/key-standing.ts'
import { isSessionToken, parseApiKey } from '#domain/keys.ts'
import { sessionTouchIntervalMs } from '#domain/limits.ts'
import {
  operatorAccountOf,
  roleReaches,
  type MemberRole,
  type MembershipWithAccount,
} from '#domain/people.ts'
import { standingOfSession } from '#domain/sessions.ts'
import type { ApiKeyStore, KeyWithAccount } from '#ports/api-keys.ts'
import type { PeopleStore } from '#ports/people.ts'
import type { SessionStore } from '#ports/sessions.ts'

import type { Actor, OperatorToken, PersonActor, Visitor } from './actor.ts'
import { hashKey } from './keys/hash-key.ts'
import { showsUpElsewhere, type ElsewhereParts } from './sessions/elsewhere.ts'
import { proofDue, requireStepUp } from './step-up.ts'

/** What tells who is asking. */
export interface AuthenticationParts extends Omit<ElsewhereParts, 'sessions'> {
  readonly apiKeys: Pick<ApiKeyStore, 'findByHash'>
  readonly sessions: Pick<SessionStore, 'findByToken' | 'touch' | 'noteElsewhere'>
  readonly people: Pick<PeopleStore, 'memberships'>
}

/** What is asked for, and with which proof. */
export interface Approach {
  readonly route: Route
  readonly authorization: string | null
  /** The `{account_id}` of the path, as it was sent; undefined where the path has none. */
  readonly accountId: string | undefined
  readonly visitor: Visitor
}

/**
 * Who is asking, and that they may: or a thrown fault. Text that is no key and no session token is refused
 * without asking a store. A session that was ended anywhere is refused from that moment on: nothing about
 * sessions is remembered between requests.
 */
export async function authenticate(approach: Approach, parts: AuthenticationParts): Promise<Actor> {
  const { route, authorization } = approach
  const { caller } = route
  if (caller === 'anyone') return { kind: 'nobody' }
  const secret = secretOf(authorization, caller)
  if (!isSessionToken(secret)) return authenticateKey(secret, caller, parts)
  const person = await authenticateSession(secret, parts)
  const actor = admit(person, approach)
  await requireProofs(person, actor, { approach, parts })
  return actor
}

/**
 * The proof that the route takes; and where what may be spent is decided, or a proof is due, one that was given
 * where the session is used now. What only looks, and what only protects, is never asked.
 */
async function requireProofs(
  person: PersonActor,
  actor: Actor,
  { approach, parts }: { readonly approach: Approach; readonly parts: AuthenticationParts },
): Promise<void> {
  const { stepUp, spends } = approach.route
  const action = stepUp ?? spends
  if (action === undefined) return
  if (await showsUpElsewhere(person, approach.visitor, parts)) throw proofDue(action)
  if (stepUp !== undefined) requireStepUp(actor, stepUp, parts.clock.nowMs())
}

function secretOf(authorization: string | null, caller: Caller): string {
  if (authorization === null || authorization.trim() === '') {
    throw new Fault(caller === 'operator' ? 'missing_api_key' : 'sign_in_required')
  }
  const secret = /^Bearer +(\S+)$/i.exec(authorization.trim())?.[1]
  if (secret === undefined) throw new Fault('invalid_api_key')
  return secret
}

/** A key is judged as a key before it is said to be the wrong thing here. */
async function authenticateKey(
  secret: string,
  caller: Caller,
  parts: Pick<AuthenticationParts, 'apiKeys' | 'clock'>,
): Promise<OperatorToken> {
  if (parseApiKey(secret) === undefined) throw new Fault('invalid_api_key')
  const found = await parts.apiKeys.findByHash(await hashKey(secret))
  if (found === undefined) throw new Fault('invalid_api_key')
  const refusal = refusalOfKey(found, parts.clock.nowMs())
  if (refusal === 'account_suspended') throw suspended(found)
  if (refusal !== undefined) throw new Fault(refusal)
  if (caller === 'session') {
    const detail = 'this is about a person, who signs in; no key stands for one'
    throw new Fault('permission_denied', { details: { detail } })
  }
  if (found.key.kind !== 'operator' || found.account.role !== 'operator') {
    const detail =
      'the control API needs an operator token, which starts with "cl_o", or a session of a member'
    throw new Fault('permission_denied', { details: { detail } })
  }
  return { kind: 'operator_token', ...found }
}

async function authenticateSession(
  token: string,
  { sessions, people, clock }: Pick<AuthenticationParts, 'sessions' | 'people' | 'clock'>,
): Promise<PersonActor> {
  const tokenHash = await hashKey(token)
  const found = await sessions.findByToken(tokenHash)
  if (found === undefined) throw new Fault('session_ended')
  const { session, person } = found
  const memberships = await people.memberships(person.id)
  const isOperator = operatorAccountOf(memberships) !== undefined
  const nowMs = clock.nowMs()
  if (standingOfSession(session, nowMs, isOperator) !== 'alive') throw new Fault('session_ended')
  if (nowMs - session.lastUsedAt.getTime() >= sessionTouchIntervalMs) {
    await sessions.touch(session.id, nowMs)
  }
  return { kind: 'person', person, session, tokenHash, memberships }
}

function admit(actor: PersonActor, { route, accountId }: Approach): Actor {
  const { caller } = route
  switch (caller) {
    case 'session':
      return actor
    case 'operator':
      return admitOperator(actor)
    case 'anyone':
    case 'inference':
      throw new Fault('invalid_api_key')
    default: {
      const minimum = caller.slice('member:'.length) as MemberRole
      const place = actor.memberships.find(({ account }) => account.id === accountId)
      if (place !== undefined) return admitMember(actor, { place, minimum, route })
      if (operatorAccountOf(actor.memberships) !== undefined) return admitOperator(actor)
      throw new Fault(route.unknown ?? 'account_not_found')
    }
  }
}

function admitOperator(actor: PersonActor): Actor {
  const { person, session, tokenHash, memberships } = actor
  const account = operatorAccountOf(memberships)
  if (account === undefined) {
    const detail = 'only whoever runs this installation may'
    throw new Fault('permission_denied', { details: { detail } })
  }
  if (session.authenticatedBy !== 'passkey') throw new Fault('passkey_required')
  return { kind: 'operator_person', person, session, tokenHash, account }
}

/**
 * A suspended account can be looked at and paid for by its members; everything else waits until it is
 * restored. A closed one is not there any more.
 */
function admitMember(
  actor: PersonActor,
  found: { place: MembershipWithAccount; minimum: MemberRole; route: Route },
): Actor {
  const { person, session, tokenHash } = actor
  const { place, minimum, route } = found
  const { account, membership } = place
  const { role } = membership
  if (account.status === 'closed') throw new Fault(route.unknown ?? 'account_not_found')
  if (!roleReaches(role, minimum)) {
    throw new Fault('role_too_low', { details: { role, needed: minimum } })
  }
  const isLooking = route.method === 'GET' || route.changesNothing === true
  if (account.status === 'suspended' && !isLooking && route.caller !== 'member:billing') {
    throw suspended({ account })
  }
  return { kind: 'member', person, session, tokenHash, account, role }
}

function suspended({ account }: Pick<KeyWithAccount, 'account'>): Fault {
  const reason = account.statusReason ? `: ${account.statusReason.replace(/[.!]+$/, '')}` : ''
  return new Fault('account_suspended', { details: { reason } })
}
