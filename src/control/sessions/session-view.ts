import type { z } from 'zod'

import type { sessionShape } from '#contract/control/me.ts'
import { operatorSessionLifeMs, sessionLifeMs } from '#domain/limits.ts'
import { placeOf } from '#domain/networks.ts'
import { runsInstallation, type MembershipWithAccount } from '#domain/people.ts'
import type { Session } from '#domain/sessions.ts'

/** A session in the words of the wire, as seen from another session of the same person, or itself. */
export function viewSession(
  session: Session,
  seenFrom: {
    readonly session: Pick<Session, 'id'>
    readonly memberships: readonly MembershipWithAccount[]
  },
): z.input<typeof sessionShape> {
  const lifeMs = runsInstallation(seenFrom.memberships) ? operatorSessionLifeMs : sessionLifeMs
  return {
    id: session.id,
    is_current: session.id === seenFrom.session.id,
    device: session.device,
    place: placeOf(session.network),
    authenticated_by: session.authenticatedBy,
    created_at: session.createdAt.toISOString(),
    last_used_at: session.lastUsedAt.toISOString(),
    expires_at: new Date(session.createdAt.getTime() + lifeMs).toISOString(),
  }
}
