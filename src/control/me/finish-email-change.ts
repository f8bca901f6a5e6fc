import type { controlRoutes } from '#contract/routes.ts'
import { hashKey } from '#control/keys/hash-key.ts'
import { notify } from '#control/mail/notify.ts'
import type { ControlParts, Operation } from '#control/operation.ts'
import { eventOf } from '#control/security-log.ts'
import { findChallenge, proveCode, type CodeParts } from '#control/sign-in/challenges.ts'
import { Fault } from '#domain/faults.ts'
import { makeEmailChangeId, randomBase62 } from '#domain/identifiers.ts'
import { emailChangeUndoMs } from '#domain/limits.ts'

import { viewMe } from './me-view.ts'

/** Characters of the token that takes an address back: 256 bits. */
const undoTokenLength = 43

/**
 * Changes the address of a person who has proven to read the new one. All other sessions end; both
 * addresses are told; the old one can undo it for 72 hours.
 */
export function finishEmailChange(
  parts: CodeParts & Pick<ControlParts, 'people' | 'sessions' | 'house'>,
): Operation<typeof controlRoutes.finishEmailChange> {
  const { people, sessions, securityEvents, house, clock, randomBytes } = parts
  return async ({ actor, params, body, visitor }) => {
    const { person, session } = actor
    const id = params.challenge_id
    const expected = { purpose: 'email_change', personId: person.id } as const
    const challenge = await findChallenge(id, expected, parts)
    await proveCode({ id, code: body.code, visitor, challenge, consume: true }, parts)
    const nowMs = clock.nowMs()
    const token = randomBase62(undoTokenLength, randomBytes)
    const changed = await people.changeEmail({
      id: makeEmailChangeId(randomBytes),
      personId: person.id,
      newEmail: challenge.email,
      undoHash: await hashKey(token),
      undoUntilMs: nowMs + emailChangeUndoMs,
      nowMs,
    })
    if (changed === 'unknown') throw new Fault('session_ended')
    if (changed === 'taken') {
      const detail =
        'Another person signs in with this address. Sign in with it, or choose another.'
      throw new Fault('conflict', { param: 'email', details: { detail } })
    }
    await sessions.endAll({ personId: person.id, except: session.id, nowMs })
    await securityEvents.insert([
      eventOf({ kind: 'email_changed', visitor, person, session, nowMs }),
    ])
    // Behind the #, so that the token is never sent to a server as part of an address.
    const undoUrl = `${house.publicUrl ?? visitor.origin}/app/undo-email-change#${token}`
    const newEmail = challenge.email
    await notify(parts, person.email, { kind: 'email_changed_old', newEmail, undoUrl })
    await notify(parts, newEmail, { kind: 'email_changed_new', oldEmail: person.email })
    return { data: viewMe({ ...actor, person: { ...person, email: newEmail } }) }
  }
}
