import type { z } from 'zod'

import type { usageAnswer } from '#contract/control/usage.ts'
import type { controlRoutes } from '#contract/routes.ts'
import type { ControlParts, Operation } from '#control/operation.ts'
import { keysOfProjects } from '#control/projects/keys-of-projects.ts'
import { isKeyId, readList } from '#control/requests/read-filter.ts'
import { Fault } from '#domain/faults.ts'
import type { AccountId, KeyId } from '#domain/identifiers.ts'
import { addUsage, noUsage, type UsageSums } from '#domain/ledger/usage-hours.ts'
import { formatUsd } from '#domain/money.ts'
import type { UsageRow } from '#ports/usage-store.ts'

import { readPeriod } from './read-period.ts'

/** Shows what was used: the sums are exactly what was charged. */
export function showUsage(
  parts: Pick<ControlParts, 'accounts' | 'apiKeys' | 'projects' | 'usage' | 'clock'>,
): Operation<typeof controlRoutes.showUsage> {
  const { accounts, usage, clock } = parts
  return async ({ params, query }) => {
    const account = await accounts.find(params.account_id)
    if (account === undefined) throw new Fault('account_not_found')
    const period = readPeriod(account.id, query, clock.nowMs())
    const named = readList('key_id', query.key_id, isKeyId) as readonly KeyId[] | null
    const rows = await usage.usage({
      ...period,
      groupBy: query.group_by === 'project' ? 'key' : query.group_by,
      keyIds: await keysOfProjects(parts, account.id, {
        keyIds: named,
        projectIds: query.project_id,
      }),
      models: readList('model', query.model, () => true),
      providers: readList('provider', query.provider, () => true),
    })
    const { groups, labelOf } = await namesFor(parts, account.id, query.group_by)
    return {
      data: groups(rows).map((row) => ({
        start: new Date(row.startMs).toISOString(),
        group: row.name,
        label: labelOf(row.name),
        ...viewSums(row),
      })),
      total: viewSums(rows.reduce<UsageSums>(addUsage, noUsage)),
      from: new Date(period.fromMs).toISOString(),
      until: new Date(period.untilMs).toISOString(),
    }
  }
}

/** How rows are put together, and what people call what they are told apart by. */
interface Naming {
  readonly groups: (rows: readonly UsageRow[]) => readonly UsageRow[]
  readonly labelOf: (name: string) => string
}

async function namesFor(
  { apiKeys, projects }: Pick<ControlParts, 'apiKeys' | 'projects'>,
  accountId: AccountId,
  grouping: 'none' | 'model' | 'provider' | 'key' | 'project',
): Promise<Naming> {
  if (grouping !== 'key' && grouping !== 'project') {
    return { groups: (rows) => rows, labelOf: (name) => name }
  }
  const keys = await apiKeys.list(accountId)
  if (grouping === 'key') {
    const names = new Map<string, string>(keys.map(({ id, name }) => [id, name]))
    return { groups: (rows) => rows, labelOf: (name) => names.get(name) ?? name }
  }
  const projectOf = new Map<string, string>(keys.map(({ id, projectId }) => [id, projectId ?? '']))
  const all = await projects.list(accountId)
  const names = new Map<string, string>(all.map(({ id, name }) => [id, name]))
  return {
    groups: (rows) => sumByName(rows, (keyId) => projectOf.get(keyId) ?? ''),
    labelOf: (name) => names.get(name) ?? name,
  }
}

/** Rows under other names: those that begin together and are called the same become one. */
function sumByName(
  rows: readonly UsageRow[],
  nameOf: (name: string) => string,
): readonly UsageRow[] {
  const sums = new Map<string, UsageRow>()
  for (const row of rows) {
    const name = nameOf(row.name)
    const place = `${row.startMs} ${name}`
    const before = sums.get(place)
    sums.set(place, { ...addUsage(before ?? noUsage, row), startMs: row.startMs, name })
  }
  return [...sums.values()].toSorted(
    (left, right) => left.startMs - right.startMs || (left.name < right.name ? -1 : 1),
  )
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
