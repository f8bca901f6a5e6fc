import type { z } from 'zod'

import type { usageAnswer } from '#contract/control/usage.ts'
import type { controlRoutes } from '#contract/routes.ts'
import type { ControlParts, Operation } from '#control/operation.ts'
import { isKeyId, readList } from '#control/requests/read-filter.ts'
import { Fault } from '#domain/faults.ts'
import type { KeyId } from '#domain/identifiers.ts'
import { addUsage, noUsage, type UsageSums } from '#domain/ledger/usage-hours.ts'
import { formatUsd } from '#domain/money.ts'

import { readPeriod } from './read-period.ts'

/** Shows what was used: the sums are exactly what was charged. */
export function showUsage(
  parts: Pick<ControlParts, 'accounts' | 'apiKeys' | 'usage' | 'clock'>,
): Operation<typeof controlRoutes.showUsage> {
  const { accounts, apiKeys, usage, clock } = parts
  return async ({ params, query }) => {
    const account = await accounts.find(params.account_id)
    if (account === undefined) throw new Fault('account_not_found')
    const period = readPeriod(account.id, query, clock.nowMs())
    const rows = await usage.usage({
      ...period,
      groupBy: query.group_by,
      keyIds: readList('key_id', query.key_id, isKeyId) as readonly KeyId[] | null,
      models: readList('model', query.model, () => true),
      providers: readList('provider', query.provider, () => true),
    })
    const keys = query.group_by === 'key' ? await apiKeys.list(account.id) : []
    const names = new Map<string, string>(keys.map(({ id, name }) => [id, name]))
    return {
      data: rows.map((row) => ({
        start: new Date(row.startMs).toISOString(),
        group: row.name,
        label: names.get(row.name) ?? row.name,
        ...viewSums(row),
      })),
      total: viewSums(rows.reduce<UsageSums>(addUsage, noUsage)),
      from: new Date(period.fromMs).toISOString(),
      until: new Date(period.untilMs).toISOString(),
    }
  }
}

function viewSums(sums: UsageSums): z.input<typeof usageAnswer>['total'] {
  return {
    cost: formatUsd(sums.costNanoUsd),
    requests: sums.requestCount,
    prompt_tokens: sums.promptTokens,
    completion_tokens: sums.completionTokens,
    cached_tokens: sums.cachedTokens,
    reasoning_tokens: sums.reasoningTokens,
  }
}
