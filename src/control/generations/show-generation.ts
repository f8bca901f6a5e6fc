import type { controlRoutes } from '#contract/routes.ts'
import type { ControlParts, Operation } from '#control/operation.ts'
import { Fault } from '#domain/faults.ts'
import { isGenerationId } from '#domain/identifiers.ts'

import { viewGeneration } from './generation-view.ts'

/** Shows one request of any account; also one that this process has not yet handed to the store. */
export function showGeneration({
  generations,
  findPending,
}: Pick<ControlParts, 'generations' | 'findPending'>): Operation<
  typeof controlRoutes.showGeneration
> {
  return async ({ params }) => {
    const id = params.generation_id
    if (!isGenerationId(id)) throw new Fault('generation_not_found')
    const record = findPending(id) ?? (await generations.find(id, null))
    if (record === undefined) throw new Fault('generation_not_found')
    return { data: viewGeneration(record) }
  }
}
