import type { controlRoutes } from '#contract/routes.ts'
import type { ControlParts, Operation } from '#control/operation.ts'
import { Fault } from '#domain/faults.ts'

import { viewKey } from './key-view.ts'

/**
 * Revokes a key for good. Nobody can revoke the token they are using: the last one could not be
 * replaced through this API.
 */
export function revokeKey({
  apiKeys,
}: Pick<ControlParts, 'apiKeys'>): Operation<typeof controlRoutes.revokeKey> {
  return async ({ params, actor }) => {
    if (actor.kind === 'operator_token' && params.key_id === actor.key.id) {
      const detail = 'This is the token you are using; it cannot revoke itself.'
      throw new Fault('conflict', { details: { detail } })
    }
    const key = await apiKeys.revoke(params.key_id)
    if (key === undefined) throw new Fault('key_not_found')
    return { data: viewKey(key) }
  }
}
