import type { controlRoutes } from '#contract/routes.ts'
import type { ControlParts, Operation } from '#control/operation.ts'

import { viewPriceApplication } from './price-application-view.ts'

/**
 * Serves the configuration as it stands now, without a restart. One mistake in it, and nothing changes:
 * the refusal names every one of them.
 */
export function applyPrices({
  configuredPrices,
}: Pick<ControlParts, 'configuredPrices'>): Operation<typeof controlRoutes.applyPrices> {
  return async () => viewPriceApplication(await configuredPrices.apply())
}
