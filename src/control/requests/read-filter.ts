import type { z } from 'zod'

import type { requestFilterQuery } from '#contract/control/requests.ts'
import { Fault } from '#domain/faults.ts'
import type { Outcome } from '#domain/generation.ts'
import type { AccountId, KeyId } from '#domain/identifiers.ts'
import { filterListEntriesMax } from '#domain/limits.ts'
import { type NanoUsd, parseUsd } from '#domain/money.ts'
import type { RequestFilter } from '#domain/request-filter.ts'

type FilterQuery = z.output<typeof requestFilterQuery>

const outcomes: readonly string[] = [
  'completed',
  'refused',
  'upstream_failed',
  'client_gone',
] satisfies Outcome[]

/** The filter that a query means. Throws a fault that names the first parameter that makes no sense. */
export function readFilter(accountId: AccountId, query: FilterQuery): RequestFilter {
  const { statusMin, statusMax } = readStatus(query.status)
  return {
    accountId,
    keyIds: readList('key_id', query.key_id, isKeyId) as readonly KeyId[] | null,
    models: readList('model', query.model, () => true),
    providers: readList('provider', query.provider, () => true),
    outcomes: readList('outcome', query.outcome, isOutcome) as readonly Outcome[] | null,
    statusMin,
    statusMax,
    isStreamed: query.streamed === undefined ? null : query.streamed === 'true',
    fromMs: readMoment(query.from),
    untilMs: readMoment(query.until),
    costNanoUsdMin: readAmount('cost_min', query.cost_min),
    costNanoUsdMax: readAmount('cost_max', query.cost_max),
    latencyMsMin: readNumber(query.latency_min_ms),
    latencyMsMax: readNumber(query.latency_max_ms),
    idPart: query.id ?? null,
  }
}

/** The entries of a list in a query; null when it was left out. Throws a fault for one that is none. */
export function readList(
  param: string,
  text: string | undefined,
  isEntry: (text: string) => boolean,
): readonly string[] | null {
  if (text === undefined) return null
  const entries = text.split(',').map((entry) => entry.trim())
  if (entries.length > filterListEntriesMax) {
    throw refusal(param, `more than ${filterListEntriesMax} are too many at once`)
  }
  const wrong = entries.find((entry) => entry === '' || !isEntry(entry))
  if (wrong !== undefined) throw refusal(param, `"${wrong.slice(0, 100)}" is none`)
  return entries
}

/** True for text in the form of a key's id. */
export function isKeyId(text: string): boolean {
  return /^key_[0-9A-Za-z]{1,64}$/.test(text)
}

function isOutcome(text: string): boolean {
  return outcomes.includes(text)
}

function readStatus(text: string | undefined): {
  statusMin: number | null
  statusMax: number | null
} {
  if (text === undefined) return { statusMin: null, statusMax: null }
  if (text.endsWith('xx')) {
    const hundreds = Number(text.charAt(0)) * 100
    return { statusMin: hundreds, statusMax: hundreds + 99 }
  }
  const [from = '', until = from] = text.split('-')
  return { statusMin: Number(from), statusMax: Number(until) }
}

function readMoment(text: string | undefined): number | null {
  return text === undefined ? null : Date.parse(text)
}

function readNumber(text: string | undefined): number | null {
  return text === undefined ? null : Number(text)
}

function readAmount(param: string, text: string | undefined): NanoUsd | null {
  if (text === undefined) return null
  const amount = parseUsd(text)
  if (amount === undefined) throw refusal(param, `"${text}" is no amount of US dollars`)
  return amount
}

function refusal(param: string, detail: string): Fault {
  return new Fault('invalid_request', { param, details: { detail: `${param}: ${detail}.` } })
}
