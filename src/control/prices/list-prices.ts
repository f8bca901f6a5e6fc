import type { controlRoutes } from '#contract/routes.ts'
import type { ControlParts, Operation } from '#control/operation.ts'

import { viewPriceVersion } from './price-version-view.ts'

/** Lists what this process charges now, which on several nodes may for a moment not be the newest. */
export function listPrices({
  configuredPrices,
}: Pick<ControlParts, 'configuredPrices'>): Operation<typeof controlRoutes.listPrices> {
  return async () => ({
    data: configuredPrices.inForce().map(({ endpoint, version }) => ({
      endpoint,
      version: viewPriceVersion(version),
    })),
  })
}
