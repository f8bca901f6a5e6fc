import type { controlRoutes } from '#contract/routes.ts'
import { notify } from '#control/mail/notify.ts'
import type { ControlParts, Operation } from '#control/operation.ts'
import { eventOf } from '#control/security-log.ts'
import { Fault } from '#domain/faults.ts'
import { runsInstallation } from '#domain/people.ts'

import { viewPasskey } from './passkey-view.ts'

/** Lists a person's passkeys, oldest first. */
export function listPasskeys({
  passkeys,
}: Pick<ControlParts, 'passkeys'>): Operation<typeof controlRoutes.listPasskeys> {
  return async ({ actor }) => ({
    data: (await passkeys.list(actor.person.id)).map(viewPasskey),
  })
}

/** Gives a passkey another name. */
export function renamePasskey({
  passkeys,
}: Pick<ControlParts, 'passkeys'>): Operation<typeof controlRoutes.renamePasskey> {
  return async ({ actor, params, body }) => {
    const renamed = await passkeys.rename(params.passkey_id, actor.person.id, body.name)
    if (renamed === undefined) throw new Fault('passkey_not_found')
    return { data: viewPasskey(renamed) }
  }
}

/**
 * Removes a passkey; its owner is told by mail. Those who run the installation need a session by passkey
 * for it, or whoever reads their mail could first remove the last one and then add their own.
 */
export function removePasskey(
  parts: Pick<ControlParts, 'passkeys' | 'securityEvents' | 'post' | 'clock' | 'report'>,
): Operation<typeof controlRoutes.removePasskey> {
  const { passkeys, securityEvents, clock } = parts
  return async ({ actor, params, visitor }) => {
    const { person, session, memberships } = actor
    if (runsInstallation(memberships) && session.authenticatedBy !== 'passkey') {
      throw new Fault('passkey_required')
    }
    const removed = await passkeys.remove(params.passkey_id, person.id)
    if (removed === undefined) throw new Fault('passkey_not_found')
    const { id: detail, name } = removed
    const nowMs = clock.nowMs()
    await securityEvents.insert([
      eventOf({ kind: 'passkey_removed', visitor, person, session, detail, nowMs }),
    ])
    await notify(parts, person.email, { kind: 'passkey_removed', name })
    return { data: viewPasskey(removed) }
  }
}
