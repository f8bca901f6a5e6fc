import type { PersonActor, Visitor } from '#control/actor.ts'
import { notify } from '#control/mail/notify.ts'
import type { ControlParts } from '#control/operation.ts'
import { eventOf } from '#control/security-log.ts'
import { describeDevice } from '#domain/devices.ts'
import { elsewhereToldIntervalMs } from '#domain/limits.ts'
import { placeOf } from '#domain/networks.ts'
import { isElsewhere } from '#domain/sessions.ts'

/** What telling of a session elsewhere takes. */
export interface ElsewhereParts extends Pick<
  ControlParts,
  'securityEvents' | 'post' | 'report' | 'clock'
> {
  readonly sessions: Pick<ControlParts['sessions'], 'noteElsewhere'>
}

/**
 * True when the session is used in another browser or network than it was proven in. Then it stands in the
 * security log, and the person is told by mail: once an hour, so that whoever holds the token cannot bury them.
 */
export async function showsUpElsewhere(
  { person, session }: Pick<PersonActor, 'person' | 'session'>,
  visitor: Visitor,
  parts: ElsewhereParts,
): Promise<boolean> {
  const device = describeDevice(visitor.userAgent)
  if (!isElsewhere(session, { address: visitor.address, device })) return false
  const nowMs = parts.clock.nowMs()
  const againMs = nowMs - elsewhereToldIntervalMs
  if (await parts.sessions.noteElsewhere({ id: session.id, nowMs, againMs })) {
    const detail = `proven with ${session.device}, ${placeOf(session.network) ?? 'no network'}`
    await parts.securityEvents.insert([
      eventOf({ kind: 'session_elsewhere', visitor, person, session, detail, nowMs }),
    ])
    const place = placeOf(visitor.address)
    await notify(parts, person.email, { kind: 'session_elsewhere', device, place })
  }
  return true
}
