import type { z } from 'zod'

import type { signInAnswer } from '#contract/control/sign-in.ts'
import type { Visitor } from '#control/actor.ts'
import { hashKey } from '#control/keys/hash-key.ts'
import { notify } from '#control/mail/notify.ts'
import { viewMe } from '#control/me/me-view.ts'
import type { ControlParts } from '#control/operation.ts'
import { eventOf } from '#control/security-log.ts'
import { viewSession } from '#control/sessions/session-view.ts'
import { describeDevice } from '#domain/devices.ts'
import { makeSessionId } from '#domain/identifiers.ts'
import { makeSessionToken } from '#domain/keys.ts'
import { askerNetwork, placeOf } from '#domain/networks.ts'
import type { Person } from '#domain/people.ts'
import type { ProofMethod } from '#domain/sessions.ts'

/** What the beginning of a session takes. */
export type SessionParts = Pick<
  ControlParts,
  | 'sessions'
  | 'people'
  | 'passkeys'
  | 'securityEvents'
  | 'post'
  | 'clock'
  | 'randomBytes'
  | 'report'
>

/**
 * Begins a session for someone who has just proven who they are. Its token is in the answer and nowhere
 * else. From a device or network that is new for the person, they are told by mail.
 */
export async function beginSession(
  begun: {
    readonly person: Person
    readonly isNew: boolean
    readonly method: ProofMethod
    readonly visitor: Visitor
  },
  parts: SessionParts,
): Promise<z.input<typeof signInAnswer>> {
  const { person, isNew, method, visitor } = begun
  const { sessions, people, passkeys, securityEvents, clock, randomBytes } = parts
  const nowMs = clock.nowMs()
  const token = makeSessionToken(randomBytes)
  const device = describeDevice(visitor.userAgent)
  const { session, isFirst, isKnownDevice } = await sessions.begin({
    id: makeSessionId(randomBytes),
    personId: person.id,
    tokenHash: await hashKey(token),
    authenticatedBy: method,
    network: askerNetwork(visitor.address),
    device,
    nowMs,
  })
  const kind = isNew ? 'signed_up' : 'signed_in'
  await securityEvents.insert([eventOf({ kind, visitor, person, session, detail: method, nowMs })])
  if (!isFirst && !isKnownDevice) {
    await notify(parts, person.email, {
      kind: 'new_device',
      device,
      place: placeOf(visitor.address),
    })
  }
  const memberships = await people.memberships(person.id)
  const owned = await passkeys.list(person.id)
  const actor = { person, session, memberships }
  return {
    data: {
      session_token: token,
      is_new: isNew,
      offer_passkey: owned.length === 0,
      session: viewSession(session, actor),
      me: viewMe(actor),
    },
  }
}
