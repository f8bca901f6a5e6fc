import type { controlRoutes } from '#contract/routes.ts'
import type { ControlParts, Operation } from '#control/operation.ts'
import { Fault } from '#domain/faults.ts'

import { viewPriceVersion } from './price-version-view.ts'

/** Shows one price sheet that was in force at some time. */
export function showPriceVersion({
  prices,
}: Pick<ControlParts, 'prices'>): Operation<typeof controlRoutes.showPriceVersion> {
  return async ({ params }) => {
    const version = await prices.find(params.price_version_id)
    if (version === undefined) {
      throw new Fault('not_found', { details: { detail: 'this price version' } })
    }
    return { data: viewPriceVersion(version) }
  }
}
