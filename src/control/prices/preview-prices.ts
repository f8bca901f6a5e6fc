import type { controlRoutes } from '#contract/routes.ts'
import type { ControlParts, Operation } from '#control/operation.ts'

import { viewPriceApplication } from './price-application-view.ts'

/** Says what serving the configuration as it stands now would change, and changes nothing. */
export function previewPrices({
  configuredPrices,
}: Pick<ControlParts, 'configuredPrices'>): Operation<typeof controlRoutes.previewPrices> {
  return async () => viewPriceApplication(configuredPrices.preview())
}
