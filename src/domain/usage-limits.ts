import { readIpRange } from './ip-ranges.ts'
import {
  concurrentRequestsMax,
  limitListEntriesMax,
  logTextLengthMax,
  requestsPerMinuteMax,
  tokensPerMinuteMax,
  tokensPerMinuteMin,
} from './limits.ts'
import { formatUsd, nanoUsdMax } from './money.ts'
import { hasSpendLimit, type SpendLimits, spendWindows } from './spend-windows.ts'

/** What a key, or all keys of an account together, may use. Null is no limit. */
export interface UsageLimits {
  /** Requests that begin within any 60 seconds. */
  readonly requestsPerMinute: number | null
  /** Tokens, in and out, of the requests that begin within any 60 seconds. */
  readonly tokensPerMinute: number | null
  /** Requests under way at the same moment. */
  readonly concurrentRequests: number | null
  readonly spendNanoUsd: SpendLimits
  /** `author/slug`, or `author/*` for all models of an author. */
  readonly allowedModels: readonly string[] | null
  /** Slugs of providers. */
  readonly allowedProviders: readonly string[] | null
  /** Addresses and CIDR ranges, IPv4 and IPv6. */
  readonly allowedIpRanges: readonly string[] | null
}

/** No limit on spending. */
export const noSpendLimits: SpendLimits = { day: null, week: null, month: null, total: null }

/** No limit at all. */
export const noLimits: UsageLimits = {
  requestsPerMinute: null,
  tokensPerMinute: null,
  concurrentRequests: null,
  spendNanoUsd: noSpendLimits,
  allowedModels: null,
  allowedProviders: null,
  allowedIpRanges: null,
}

/** The public name of each limit: in errors, in the control API, on the command line. */
export type LimitName =
  | 'requests_per_minute'
  | 'tokens_per_minute'
  | 'concurrent_requests'
  | 'spend.day'
  | 'spend.week'
  | 'spend.month'
  | 'spend.total'
  | 'allowed_models'
  | 'allowed_providers'
  | 'allowed_ip_ranges'

/** One mistake in limits. `problem` continues a sentence that begins with the value as text. */
export interface LimitMistake {
  readonly limit: LimitName
  readonly value: string
  readonly problem: string
}

/** Limits as they are stored: null when nothing is limited. */
export function storableLimits(limits: UsageLimits): UsageLimits | null {
  const { spendNanoUsd, ...others } = limits
  const isLimited = hasSpendLimit(spendNanoUsd) || Object.values(others).some((one) => one !== null)
  return isLimited ? limits : null
}

/** Every mistake in limits that are to be stored, contradictions included; none when they make sense. */
export function findLimitMistakes(limits: UsageLimits): readonly LimitMistake[] {
  return [
    ...countMistakes(limits),
    ...spendMistakes(limits.spendNanoUsd),
    ...listMistakes('allowed_models', limits.allowedModels, modelProblem),
    ...listMistakes('allowed_providers', limits.allowedProviders, providerProblem),
    ...listMistakes('allowed_ip_ranges', limits.allowedIpRanges, ipRangeProblem),
  ]
}

/** True when a list of patterns allows the model. */
export function allowsModel(patterns: readonly string[], modelId: string): boolean {
  return patterns.some((pattern) =>
    pattern.endsWith('/*') ? modelId.startsWith(pattern.slice(0, -1)) : pattern === modelId,
  )
}

function countMistakes(limits: UsageLimits): readonly LimitMistake[] {
  const tokens = limits.tokensPerMinute
  const isTooFewTokens = tokens !== null && tokens > 0 && tokens < tokensPerMinuteMin
  return [
    ...countMistake('requests_per_minute', limits.requestsPerMinute, requestsPerMinuteMax),
    ...countMistake('tokens_per_minute', tokens, tokensPerMinuteMax),
    ...(isTooFewTokens && Number.isInteger(tokens)
      ? [
          {
            limit: 'tokens_per_minute' as const,
            value: String(tokens),
            problem: `would refuse every request: the smallest sets ${tokensPerMinuteMin} tokens aside`,
          },
        ]
      : []),
    ...countMistake('concurrent_requests', limits.concurrentRequests, concurrentRequestsMax),
  ]
}

function countMistake(
  limit: LimitName,
  value: number | null,
  valueMax: number,
): readonly LimitMistake[] {
  if (value === null || (Number.isSafeInteger(value) && value > 0 && value <= valueMax)) return []
  const problem =
    value > valueMax ? `is more than ${valueMax}` : 'must be a whole number above zero'
  return [{ limit, value: String(value), problem }]
}

/** A longer window that allows less than a shorter one makes the shorter limit a promise nobody keeps. */
function spendMistakes(spend: SpendLimits): readonly LimitMistake[] {
  const mistakes: LimitMistake[] = []
  let shorter: { window: string; amount: bigint } | undefined
  for (const window of spendWindows) {
    const amount = spend[window]
    if (amount === null) continue
    const limit = `spend.${window}` as const
    const value = formatUsd(amount)
    if (amount <= 0n) mistakes.push({ limit, value, problem: 'must be above zero' })
    else if (amount > nanoUsdMax) {
      mistakes.push({ limit, value, problem: `is more than ${formatUsd(nanoUsdMax)}` })
    } else if (shorter !== undefined && amount < shorter.amount) {
      const problem = `contradicts spend.${shorter.window}, which allows more in a shorter time`
      mistakes.push({ limit, value, problem })
    }
    shorter = { window, amount }
  }
  return mistakes
}

function listMistakes(
  limit: LimitName,
  entries: readonly string[] | null,
  problemOf: (entry: string) => string | undefined,
): readonly LimitMistake[] {
  if (entries === null) return []
  if (entries.length === 0) {
    const problem = 'allows nothing at all: revoke the key, or leave the limit out'
    return [{ limit, value: '[]', problem }]
  }
  if (entries.length > limitListEntriesMax) {
    const problem = `is more than ${limitListEntriesMax} entries`
    return [{ limit, value: String(entries.length), problem }]
  }
  return entries.flatMap((entry, place) => {
    const isRepeated = entries.indexOf(entry) < place
    const problem = isRepeated ? 'is given twice' : problemOf(entry)
    const value = JSON.stringify(entry.slice(0, logTextLengthMax))
    return problem === undefined ? [] : [{ limit, value, problem }]
  })
}

const modelForm = /^[^\s/*"]{1,100}\/(\*|[^\s*"]{1,200})$/
const providerForm = /^[^\s/*"]{1,100}$/

function modelProblem(entry: string): string | undefined {
  if (modelForm.test(entry)) return undefined
  return 'is not the id of a model such as "openai/gpt-4o", or "openai/*" for all of an author'
}

function providerProblem(entry: string): string | undefined {
  return providerForm.test(entry) ? undefined : 'is not the slug of a provider such as "openai"'
}

function ipRangeProblem(entry: string): string | undefined {
  const reading = readIpRange(entry)
  return reading.kind === 'mistake' ? reading.problem : undefined
}
