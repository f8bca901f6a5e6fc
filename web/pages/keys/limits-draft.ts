import { formatUsd, parseUsd } from '#domain/money.ts'
import { readableUsd } from '#web/elements/amounts.ts'
import { exactCount } from '#web/elements/numbers.ts'

import type { Key } from './key-calls.ts'

type Limits = NonNullable<Key['limits']>

/** Limits as they are typed: each a text, empty for none. */
export interface LimitsDraft {
  readonly day: string
  readonly week: string
  readonly month: string
  readonly total: string
  readonly requestsPerMinute: string
  readonly tokensPerMinute: string
  readonly concurrentRequests: string
  readonly models: string
  readonly addresses: string
}

/** No limits at all. */
export const noLimits: LimitsDraft = {
  day: '',
  week: '',
  month: '',
  total: '',
  requestsPerMinute: '',
  tokensPerMinute: '',
  concurrentRequests: '',
  models: '',
  addresses: '',
}

/** Limits as the server tells them, to be edited. */
export function draftOfLimits(limits: Limits | null): LimitsDraft {
  if (!limits) return noLimits
  const { spend } = limits
  const text = (value: number | string | null) => (value === null ? '' : String(value))
  const list = (values: readonly string[] | null) => values?.join(', ') ?? ''
  return {
    day: text(spend.day),
    week: text(spend.week),
    month: text(spend.month),
    total: text(spend.total),
    requestsPerMinute: text(limits.requests_per_minute),
    tokensPerMinute: text(limits.tokens_per_minute),
    concurrentRequests: text(limits.concurrent_requests),
    models: list(limits.allowed_models),
    addresses: list(limits.allowed_ip_ranges),
  }
}

/** Either what to send, or which gap cannot be read. */
export type ReadLimits =
  | { readonly kind: 'limits'; readonly limits: LimitsBody | null }
  | { readonly kind: 'problem'; readonly words: string }

interface LimitsBody {
  readonly spend: Readonly<Record<'day' | 'week' | 'month' | 'total', string | null>>
  readonly requests_per_minute: number | null
  readonly tokens_per_minute: number | null
  readonly concurrent_requests: number | null
  readonly allowed_models: string[] | null
  readonly allowed_ip_ranges: string[] | null
}

/** Reads what was typed; a gap that is empty lifts that limit. Whether it makes sense is the server's to say. */
export function readLimits(draft: LimitsDraft): ReadLimits {
  const amounts = { day: draft.day, week: draft.week, month: draft.month, total: draft.total }
  for (const [name, text] of Object.entries(amounts)) {
    if (text.trim() !== '' && parseUsd(cleanAmount(text)) === undefined) {
      return { kind: 'problem', words: `"${text}" for the ${name} is no amount of dollars.` }
    }
  }
  const counts = [draft.requestsPerMinute, draft.tokensPerMinute, draft.concurrentRequests]
  const wrong = counts.find((text) => text.trim() !== '' && !/^[\d,\s]{1,16}$/.test(text))
  if (wrong !== undefined) return { kind: 'problem', words: `"${wrong}" is no whole number.` }
  if (Object.values(draft).every((text) => text.trim() === ''))
    return { kind: 'limits', limits: null }
  return {
    kind: 'limits',
    limits: {
      spend: {
        day: amountOf(draft.day),
        week: amountOf(draft.week),
        month: amountOf(draft.month),
        total: amountOf(draft.total),
      },
      requests_per_minute: countOf(draft.requestsPerMinute),
      tokens_per_minute: countOf(draft.tokensPerMinute),
      concurrent_requests: countOf(draft.concurrentRequests),
      allowed_models: listOf(draft.models),
      allowed_ip_ranges: listOf(draft.addresses),
    },
  }
}

function cleanAmount(text: string): string {
  return text.replace(/[$,\s]/g, '')
}

function amountOf(text: string): string | null {
  const amount = parseUsd(cleanAmount(text))
  return amount === undefined ? null : formatUsd(amount)
}

function countOf(text: string): number | null {
  return text.trim() === '' ? null : Number(text.replace(/[,\s]/g, ''))
}

function listOf(text: string): string[] | null {
  const items = text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
  return items.length === 0 ? null : items
}

/** Limits in one line, for a list: "$5.00 a day · 60 requests a minute". */
export function limitWords(limits: Limits | null): string {
  if (!limits) return 'no limits of its own'
  const { spend } = limits
  const amount = (text: string | null, words: string) => {
    const value = text === null ? undefined : parseUsd(text)
    return value === undefined ? [] : [`${readableUsd(value)} ${words}`]
  }
  const count = (value: number | null, words: string) =>
    value === null ? [] : [`${exactCount(value)} ${words}`]
  const parts = [
    ...amount(spend.day, 'a day'),
    ...amount(spend.week, 'a week'),
    ...amount(spend.month, 'a month'),
    ...amount(spend.total, 'in all'),
    ...count(limits.requests_per_minute, 'requests a minute'),
    ...count(limits.tokens_per_minute, 'tokens a minute'),
    ...count(limits.concurrent_requests, 'at once'),
    ...(limits.allowed_models ? [limits.allowed_models.join(', ')] : []),
    ...(limits.allowed_providers ? [`by ${limits.allowed_providers.join(', ')}`] : []),
    ...(limits.allowed_ip_ranges ? [`from ${limits.allowed_ip_ranges.join(', ')}`] : []),
  ]
  return parts.length === 0 ? 'no limits of its own' : parts.join(' · ')
}
