import type { controlRoutes } from '#contract/routes.ts'
import { changeLimits } from '#control/limits/read-limits.ts'
import type { ControlParts, Operation } from '#control/operation.ts'
import { Fault } from '#domain/faults.ts'

import { viewKey } from './key-view.ts'

/**
 * Changes the limits of a key; they count everywhere within seconds. Of two changes at the same moment the
 * later one wins whole.
 */
export function updateKey({
  apiKeys,
}: Pick<ControlParts, 'apiKeys'>): Operation<typeof controlRoutes.updateKey> {
  return async ({ params, body }) => {
    const before = await apiKeys.find(params.key_id)
    if (before === undefined) throw new Fault('key_not_found')
    const limits = changeLimits(before.limits, body.limits)
    const key = await apiKeys.setLimits(before.id, limits)
    if (key === undefined) throw new Fault('key_not_found')
    return { data: viewKey(key) }
  }
}
