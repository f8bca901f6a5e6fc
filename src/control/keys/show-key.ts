import { viewSpent } from '#contract/limits-view.ts'
import type { controlRoutes } from '#contract/routes.ts'
import type { ControlParts, Operation } from '#control/operation.ts'
import { Fault } from '#domain/faults.ts'
import { utcDayOf } from '#domain/spend-windows.ts'

import { viewKey } from './key-view.ts'

/** Shows one key with its limits, and what it has spent in the windows of today. */
export function showKey({
  apiKeys,
  budgets,
  clock,
}: Pick<ControlParts, 'apiKeys' | 'budgets' | 'clock'>): Operation<typeof controlRoutes.showKey> {
  return async ({ params }) => {
    const key = await apiKeys.find(params.key_id)
    if (key === undefined) throw new Fault('key_not_found')
    const spent = await budgets.spent(key.id, utcDayOf(clock.nowMs()))
    return { data: { ...viewKey(key), spent: viewSpent(spent) } }
  }
}
