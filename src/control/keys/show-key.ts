import { viewSpent } from '#contract/limits-view.ts'
import type { controlRoutes } from '#contract/routes.ts'
import type { ControlParts, Operation } from '#control/operation.ts'
import { utcDayOf } from '#domain/spend-windows.ts'

import { findKey } from './find-key.ts'
import { viewUsedKey } from './key-view.ts'

/** Shows one key with its limits, and what it has spent in the windows of today. */
export function showKey(
  parts: Pick<ControlParts, 'apiKeys' | 'usage' | 'budgets' | 'clock'>,
): Operation<typeof controlRoutes.showKey | typeof controlRoutes.showAccountKey> {
  return async ({ params }) => {
    const key = await findKey(parts, params)
    const spent = await parts.budgets.spent(key.id, utcDayOf(parts.clock.nowMs()))
    return { data: { ...(await viewUsedKey(parts, key)), spent: viewSpent(spent) } }
  }
}
