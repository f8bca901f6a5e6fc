import type { controlRoutes } from '#contract/routes.ts'
import type { ControlParts, Operation } from '#control/operation.ts'
import { Fault } from '#domain/faults.ts'
import { isGenerationId } from '#domain/identifiers.ts'

import { viewGeneration } from './generation-view.ts'

/** Lists the request log, newest first. A request shows up once the store has it, within a second. */
export function listGenerations({
  generations,
}: Pick<ControlParts, 'generations'>): Operation<typeof controlRoutes.listGenerations> {
  return async ({ query }) => {
    const after = query.after ?? null
    if (after !== null && !isGenerationId(after)) {
      const detail = `after: "${after}" is not a cursor of this list.`
      throw new Fault('invalid_request', { param: 'after', details: { detail } })
    }
    const records = await generations.list({
      accountId: query.account_id ?? null,
      model: query.model ?? null,
      outcome: query.outcome ?? null,
      // One more than asked tells whether there is a next page.
      limit: query.limit + 1,
      after,
    })
    const page = records.slice(0, query.limit)
    const next = records.length > query.limit ? (page.at(-1)?.id ?? null) : null
    return { data: page.map(viewGeneration), next }
  }
}
