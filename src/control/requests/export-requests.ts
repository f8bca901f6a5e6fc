import type { z } from 'zod'

import type { requestFilterQuery } from '#contract/control/requests.ts'
import { csvLine } from '#contract/csv.ts'
import type { controlRoutes } from '#contract/routes.ts'
import type { ControlParts, Operation } from '#control/operation.ts'
import { keysOfProjects } from '#control/projects/keys-of-projects.ts'
import { csvLinesMax, csvLinesPerRead } from '#domain/account-limits.ts'
import { Fault } from '#domain/faults.ts'
import type { GenerationRecord } from '#domain/generation.ts'
import type { AccountId, KeyId } from '#domain/identifiers.ts'
import { formatUsd } from '#domain/money.ts'
import { placeOf, type RequestFilter, type RequestPlace } from '#domain/request-filter.ts'
import type { GenerationStore } from '#ports/generations.ts'

import { readFilter } from './read-filter.ts'

type ExportParts = Pick<ControlParts, 'accounts' | 'generations' | 'apiKeys'>

/** What tells the name of a key by its id; null: it is not known any more. */
type KeyNames = (keyId: KeyId) => string | null

const columns: Readonly<
  Record<string, (record: GenerationRecord, nameOf: KeyNames) => string | number | boolean | null>
> = {
  id: ({ id }) => id,
  created_at: ({ createdAtMs }) => new Date(createdAtMs).toISOString(),
  key_id: ({ keyId }) => keyId,
  requested_model: ({ requestedModel }) => requestedModel,
  resolved_model: ({ resolvedModel }) => resolvedModel,
  provider: ({ provider }) => provider,
  outcome: ({ outcome }) => outcome,
  status: ({ status }) => status,
  fault_code: ({ faultCode }) => faultCode,
  streamed: ({ streamed }) => streamed,
  time_to_first_token_ms: ({ timeToFirstTokenMs }) => timeToFirstTokenMs,
  latency_ms: ({ latencyMs }) => latencyMs,
  prompt_tokens: ({ usage }) => usage.promptTokens,
  completion_tokens: ({ usage }) => usage.completionTokens,
  cached_tokens: ({ usage }) => usage.cachedTokens,
  reasoning_tokens: ({ usage }) => usage.reasoningTokens,
  finish_reason: ({ finishReason }) => finishReason,
  key_name: ({ keyId }, nameOf) => nameOf(keyId),
  user_agent: ({ userAgent }) => userAgent,
  cost_usd: ({ costNanoUsd }) => formatUsd(costNanoUsd),
}

/**
 * Writes requests as CSV, newest first, page by page as they are taken: no file is ever whole in memory. It
 * ends after `csvLinesMax` lines, which a header says; whoever wants more narrows the period.
 */
export function exportRequests(parts: ExportParts): Operation<typeof controlRoutes.exportRequests> {
  return async ({ params, query }) => {
    const account = await parts.accounts.find(params.account_id)
    if (account === undefined) throw new Fault('account_not_found')
    const filter = await filterOf(parts, account.id, query)
    const keys = await parts.apiKeys.list(account.id)
    const names = new Map(keys.map(({ id, name }) => [id, name]))
    const nameOf: KeyNames = (keyId) => names.get(keyId) ?? null
    return {
      body: ReadableStream.from(encoded(linesOf({ filter, nameOf }, parts.generations))),
      fileName: `requests-${account.id}.csv`,
      headers: { 'Codelace-Lines-Max': String(csvLinesMax) },
    }
  }
}

/** The filter that a query means, its projects included. */
export async function filterOf(
  parts: Pick<ControlParts, 'apiKeys'>,
  accountId: AccountId,
  query: z.output<typeof requestFilterQuery>,
): Promise<RequestFilter> {
  const filter = readFilter(accountId, query)
  const named = { keyIds: filter.keyIds, projectIds: query.project_id }
  return { ...filter, keyIds: await keysOfProjects(parts, accountId, named) }
}

async function* linesOf(
  { filter, nameOf }: { filter: RequestFilter; nameOf: KeyNames },
  generations: Pick<GenerationStore, 'search'>,
): AsyncGenerator<string> {
  yield csvLine(Object.keys(columns))
  let after: RequestPlace | null = null
  for (let count = 0; count < csvLinesMax; count += csvLinesPerRead) {
    const limit = csvLinesPerRead
    const search = { filter, order: 'time', isRising: false, after, limit } as const
    const records: readonly GenerationRecord[] = await generations.search(search)
    const lines = records.map((record) =>
      csvLine(Object.values(columns).map((cellOf) => cellOf(record, nameOf))),
    )
    yield lines.join('')
    const last = records.at(-1)
    if (last === undefined || records.length < limit) return
    after = placeOf(last, 'time')
  }
}

/** Text as bytes, for an answer that is written as it is made. */
export async function* encoded(lines: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder()
  for await (const line of lines) if (line !== '') yield encoder.encode(line)
}
