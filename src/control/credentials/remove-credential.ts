import type { controlRoutes } from '#contract/routes.ts'
import type { ControlParts, Operation } from '#control/operation.ts'
import { Fault } from '#domain/faults.ts'

import { viewCredential } from './credential-view.ts'
import { noteChange } from './note-change.ts'

/** Removes a credential for good, its secret with it; it stops being used everywhere within seconds. */
export function removeCredential(
  parts: Pick<ControlParts, 'credentials' | 'catalogue' | 'securityEvents' | 'clock'>,
): Operation<typeof controlRoutes.removeCredential> {
  return async ({ params, actor, visitor }) => {
    const removed = await parts.credentials.remove(params.account_id, params.credential_id)
    if (removed === undefined) throw new Fault('credential_not_found')
    await noteChange(parts, { kind: 'provider_key_removed', actor, visitor, credential: removed })
    return { data: viewCredential(removed, parts) }
  }
}
