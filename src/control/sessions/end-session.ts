import type { controlRoutes } from '#contract/routes.ts'
import type { ControlParts, Operation } from '#control/operation.ts'
import { eventOf } from '#control/security-log.ts'
import { Fault } from '#domain/faults.ts'

type EndParts = Pick<ControlParts, 'sessions' | 'securityEvents' | 'clock'>

/** Ends one of a person's own sessions: from this moment on its token opens nothing, on any node. */
export function endSession(parts: EndParts): Operation<typeof controlRoutes.endSession> {
  const { sessions, securityEvents, clock } = parts
  return async ({ actor, params, visitor }) => {
    const { person } = actor
    const nowMs = clock.nowMs()
    const id = params.session_id
    if (!(await sessions.end({ id, personId: person.id, nowMs }))) {
      throw new Fault('session_not_found')
    }
    const kind = 'session_ended'
    await securityEvents.insert([eventOf({ kind, visitor, person, session: { id }, nowMs })])
    return { data: { ended: 1 } }
  }
}

/** Ends all of a person's sessions, or all but the one they are in. */
export function endSessions(parts: EndParts): Operation<typeof controlRoutes.endSessions> {
  const { sessions, securityEvents, clock } = parts
  return async ({ actor, query, visitor }) => {
    const { person, session } = actor
    const nowMs = clock.nowMs()
    const except = query.keep === 'current' ? session.id : null
    const ended = await sessions.endAll({ personId: person.id, except, nowMs })
    const detail = `${ended} ended`
    await securityEvents.insert([
      eventOf({ kind: 'sessions_ended', visitor, person, session, detail, nowMs }),
    ])
    return { data: { ended } }
  }
}

/** Ends the session that asks. It takes no fresh proof: leaving is always possible. */
export function signOut(parts: EndParts): Operation<typeof controlRoutes.signOut> {
  const { sessions, securityEvents, clock } = parts
  return async ({ actor, visitor }) => {
    const { person, session } = actor
    const nowMs = clock.nowMs()
    const wasOpen = await sessions.end({ id: session.id, personId: person.id, nowMs })
    await securityEvents.insert([eventOf({ kind: 'signed_out', visitor, person, session, nowMs })])
    return { data: { ended: wasOpen ? 1 : 0 } }
  }
}
