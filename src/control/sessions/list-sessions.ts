import type { controlRoutes } from '#contract/routes.ts'
import type { ControlParts, Operation } from '#control/operation.ts'
import { runsInstallation } from '#domain/people.ts'
import { standingOfSession } from '#domain/sessions.ts'

import { viewSession } from './session-view.ts'

/** Lists a person's open sessions, last used first; never a token. */
export function listSessions({
  sessions,
  clock,
}: Pick<ControlParts, 'sessions' | 'clock'>): Operation<typeof controlRoutes.listSessions> {
  return async ({ actor }) => {
    const isOperator = runsInstallation(actor.memberships)
    const nowMs = clock.nowMs()
    const open = (await sessions.list(actor.person.id)).filter(
      (session) => standingOfSession(session, nowMs, isOperator) === 'alive',
    )
    return { data: open.map((session) => viewSession(session, actor)) }
  }
}
