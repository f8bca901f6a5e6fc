import type { controlRoutes } from '#contract/routes.ts'
import type { ControlParts, Operation } from '#control/operation.ts'
import { Fault } from '#domain/faults.ts'

import { findKey } from './find-key.ts'
import { viewUsedKey } from './key-view.ts'

/**
 * Revokes a key for good. Nobody can revoke the token they are using: the last one could not be
 * replaced through this API.
 */
export function revokeKey(
  parts: Pick<ControlParts, 'apiKeys' | 'usage'>,
): Operation<typeof controlRoutes.revokeKey | typeof controlRoutes.revokeAccountKey> {
  return async ({ params, actor }) => {
    const { id } = await findKey(parts, params)
    if (actor.kind === 'operator_token' && id === actor.key.id) {
      const detail = 'This is the token you are using; it cannot revoke itself.'
      throw new Fault('conflict', { details: { detail } })
    }
    const key = await parts.apiKeys.revoke(id)
    if (key === undefined) throw new Fault('key_not_found')
    return { data: await viewUsedKey(parts, key) }
  }
}
