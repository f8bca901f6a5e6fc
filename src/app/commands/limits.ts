import { type Command, InvalidArgumentError } from 'commander'

import type { CallInput, CallOutput } from '#app/client/client.ts'

import { showUsd } from './words.ts'

type Limits = NonNullable<CallOutput<'updateKey'>['data']['limits']>
type Spent = CallOutput<'showKey'>['data']['spent']
type LimitsChange = NonNullable<CallInput<'updateKey'>['body']['limits']>

/** What a person writes to lift a limit. */
const none = 'none'

type NumberOption = number | typeof none
type TextOption = string
type ListOption = string[] | typeof none

/** What the limit options say. An option that was not given changes nothing. */
export interface LimitOptions {
  readonly requestsPerMinute?: NumberOption
  readonly tokensPerMinute?: NumberOption
  readonly concurrentRequests?: NumberOption
  readonly spendPerDay?: TextOption
  readonly spendPerWeek?: TextOption
  readonly spendPerMonth?: TextOption
  readonly spendInAll?: TextOption
  readonly models?: ListOption
  readonly providers?: ListOption
  readonly ips?: ListOption
}

/** The options of every limit, the same wherever limits can be set; `none` lifts one. */
export function addLimitOptions(command: Command): Command {
  return command
    .option('--requests-per-minute <number>', 'requests that begin within a minute', readNumber)
    .option('--tokens-per-minute <number>', 'tokens, in and out, within a minute', readNumber)
    .option('--concurrent-requests <number>', 'requests under way at once', readNumber)
    .option('--spend-per-day <usd>', 'US dollars in a UTC day')
    .option('--spend-per-week <usd>', 'US dollars in a week from Monday')
    .option('--spend-per-month <usd>', 'US dollars in a calendar month')
    .option('--spend-in-all <usd>', 'US dollars ever')
    .option('--models <list>', 'only these models, such as openai/*,x-ai/grok-4', readList)
    .option('--providers <list>', 'only these providers', readList)
    .option('--ips <list>', 'only from these addresses and ranges', readList)
}

/** The change that the options ask for; undefined when none was given. */
export function limitsChangeOf(options: LimitOptions): LimitsChange | undefined {
  const spend = withoutAbsent({
    day: orNull(options.spendPerDay),
    week: orNull(options.spendPerWeek),
    month: orNull(options.spendPerMonth),
    total: orNull(options.spendInAll),
  })
  const change = withoutAbsent({
    requests_per_minute: orNull(options.requestsPerMinute),
    tokens_per_minute: orNull(options.tokensPerMinute),
    concurrent_requests: orNull(options.concurrentRequests),
    spend: Object.keys(spend).length === 0 ? undefined : spend,
    allowed_models: orNull(options.models),
    allowed_providers: orNull(options.providers),
    allowed_ip_ranges: orNull(options.ips),
  })
  return Object.keys(change).length === 0 ? undefined : change
}

function orNull<Value>(value: Value): Exclude<Value, typeof none> | null {
  return value === none ? null : (value as Exclude<Value, typeof none>)
}

/** Limits as lines of names and values; what was spent stands beside its limit, where it is known. */
export function limitPairs(
  limits: Limits | null,
  spent: Spent | null,
): readonly (readonly [string, string])[] {
  const spend = (window: keyof Spent): string => {
    const limit = limits?.spend[window] ?? null
    const used = spent === null ? '' : `${showUsd(spent[window])} of `
    return limit === null ? `${used}any amount` : `${used}${showUsd(limit)}`
  }
  return [
    ['requests per minute', showCount(limits?.requests_per_minute)],
    ['tokens per minute', showCount(limits?.tokens_per_minute)],
    ['concurrent requests', showCount(limits?.concurrent_requests)],
    ['spend per day', spend('day')],
    ['spend per week', spend('week')],
    ['spend per month', spend('month')],
    ['spend in all', spend('total')],
    ['models', showList(limits?.allowed_models)],
    ['providers', showList(limits?.allowed_providers)],
    ['addresses', showList(limits?.allowed_ip_ranges)],
  ]
}

function withoutAbsent<Members extends object>(
  members: Members,
): { [Name in keyof Members]?: Exclude<Members[Name], undefined> } {
  const present = Object.entries(members).filter(([, value]) => value !== undefined)
  return Object.fromEntries(present) as {
    [Name in keyof Members]?: Exclude<Members[Name], undefined>
  }
}

function readNumber(text: string): NumberOption {
  if (text === none) return none
  const number = Number(text)
  if (text.trim() === '' || Number.isNaN(number)) {
    throw new InvalidArgumentError('It must be a whole number, or "none" to lift the limit.')
  }
  return number
}

function readList(text: string): ListOption {
  if (text === none) return none
  return text.split(',').flatMap((entry) => (entry.trim() === '' ? [] : [entry.trim()]))
}

function showCount(count: number | null | undefined): string {
  return count === null || count === undefined ? 'any' : String(count)
}

function showList(list: readonly string[] | null | undefined): string {
  return list === null || list === undefined ? 'any' : list.join(', ')
}
