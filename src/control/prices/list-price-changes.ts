import type { controlRoutes } from '#contract/routes.ts'
import type { ControlParts, Operation } from '#control/operation.ts'

/** Lists every moment at which a price changed, newest first. */
export function listPriceChanges({
  prices,
}: Pick<ControlParts, 'prices'>): Operation<typeof controlRoutes.listPriceChanges> {
  return async ({ query }) => {
    const changes = await prices.history(query.endpoint ?? null)
    return {
      data: changes.map((change) => ({
        endpoint: change.endpoint,
        version_id: change.versionId,
        effective_from: change.effectiveFrom.toISOString(),
      })),
    }
  }
}
