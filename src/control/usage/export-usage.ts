import { csvLine } from '#contract/csv.ts'
import type { controlRoutes } from '#contract/routes.ts'
import type { ControlParts, Operation } from '#control/operation.ts'
import { encoded } from '#control/requests/export-requests.ts'

import { showUsage } from './show-usage.ts'

/** Writes the rows of the usage page as CSV: the sums are exactly what was charged. */
export function exportUsage(
  parts: Pick<ControlParts, 'accounts' | 'apiKeys' | 'projects' | 'usage' | 'clock'>,
): Operation<typeof controlRoutes.exportUsage> {
  const show = showUsage(parts)
  return async ({ params, query, body, actor, visitor, stream }) => {
    const { data } = await show({ params, query, body, actor, visitor, stream })
    const lines = async function* () {
      yield csvLine([
        ...['start', 'group', 'label', 'cost_usd', 'requests', 'prompt_tokens'],
        ...['completion_tokens', 'cached_tokens', 'reasoning_tokens'],
      ])
      for (const row of data) {
        yield csvLine([
          ...[row.start, row.group, row.label, row.cost, row.requests, row.prompt_tokens],
          ...[row.completion_tokens, row.cached_tokens, row.reasoning_tokens],
        ])
      }
    }
    return {
      body: ReadableStream.from(encoded(lines())),
      fileName: `usage-${params.account_id}.csv`,
    }
  }
}
