import type { controlRoutes } from '#contract/routes.ts'
import { hashKey } from '#control/keys/hash-key.ts'
import { notify } from '#control/mail/notify.ts'
import type { ControlParts, Operation } from '#control/operation.ts'
import { eventOf } from '#control/security-log.ts'
import { Fault } from '#domain/faults.ts'

/**
 * Gives an address back to the person who had it, with the token that was mailed to it. All sessions end:
 * whoever changed the address may be in one of them.
 */
export function undoEmailChange(
  parts: Pick<ControlParts, 'people' | 'sessions' | 'securityEvents' | 'post' | 'clock' | 'report'>,
): Operation<typeof controlRoutes.undoEmailChange> {
  const { people, sessions, securityEvents, clock } = parts
  return async ({ body, visitor }) => {
    const nowMs = clock.nowMs()
    const undone = await people.undoEmailChange(await hashKey(body.token), nowMs)
    if (undone === undefined) throw new Fault('challenge_over')
    const { person, newEmail } = undone
    await sessions.endAll({ personId: person.id, except: null, nowMs })
    await securityEvents.insert([eventOf({ kind: 'email_change_undone', visitor, person, nowMs })])
    await notify(parts, person.email, { kind: 'email_change_undone', newEmail })
    return { data: { email: person.email } }
  }
}
