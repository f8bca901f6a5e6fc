import type { z } from 'zod'

import type { limitsChange } from '#contract/control/limits.ts'
import { Fault } from '#domain/faults.ts'
import { type NanoUsd, parseUsd } from '#domain/money.ts'
import { type SpendLimits, type SpendWindow, spendWindows } from '#domain/spend-windows.ts'
import {
  findLimitMistakes,
  noLimits,
  noSpendLimits,
  storableLimits,
  type UsageLimits,
} from '#domain/usage-limits.ts'

/** A change of limits, as it was sent. */
export type LimitsChange = z.output<typeof limitsChange>

/**
 * The limits that a change makes of those there were: what is given is set, null lifts it, the rest stays;
 * a change of null lifts everything. Throws a fault that names the first value that makes no sense, and all
 * of them in its text; contradictions with what stays are found too.
 */
export function changeLimits(
  before: UsageLimits | null,
  change: LimitsChange | null,
): UsageLimits | null {
  if (change === null) return null
  const old = before ?? noLimits
  const limits: UsageLimits = {
    requestsPerMinute: given(change.requests_per_minute, old.requestsPerMinute),
    tokensPerMinute: given(change.tokens_per_minute, old.tokensPerMinute),
    concurrentRequests: given(change.concurrent_requests, old.concurrentRequests),
    spendNanoUsd: changeSpend(old.spendNanoUsd, change.spend),
    allowedModels: given(change.allowed_models, old.allowedModels),
    allowedProviders: given(change.allowed_providers, old.allowedProviders),
    allowedIpRanges: given(change.allowed_ip_ranges, old.allowedIpRanges),
  }
  const mistakes = findLimitMistakes(limits)
  const [first] = mistakes
  if (first === undefined) return storableLimits(limits)
  const sentences = mistakes
    .slice(0, mistakesSaidMax)
    .map(({ limit, value, problem }) => `limits.${limit}: ${value} ${problem}`)
  throw refusal(`limits.${first.limit}`, sentences.join('; '))
}

const mistakesSaidMax = 5

function given<Value>(sent: Value | undefined, before: Value): Value {
  return sent === undefined ? before : sent
}

function changeSpend(before: SpendLimits, change: LimitsChange['spend']): SpendLimits {
  if (change === undefined) return before
  if (change === null) return noSpendLimits
  const amounts: Partial<Record<SpendWindow, NanoUsd | null>> = {}
  for (const window of spendWindows) {
    const text = change[window]
    amounts[window] =
      text === undefined ? before[window] : text === null ? null : readAmount(window, text)
  }
  return amounts as SpendLimits
}

function readAmount(window: SpendWindow, text: string): NanoUsd {
  const amount = parseUsd(text)
  if (amount !== undefined) return amount
  const param = `limits.spend.${window}`
  throw refusal(param, `${param}: "${text.slice(0, 100)}" ${whyNotReadable(text)}`)
}

function whyNotReadable(text: string): string {
  if (/^-?\d{1,18}\.\d+$/.test(text)) {
    return 'has more than nine decimals: nothing is finer than a nano-dollar'
  }
  if (/^-?\d{19,}(\.\d+)?$/.test(text)) return 'is more than any account can hold'
  return 'must be a plain decimal number of US dollars, such as "5" or "0.25"'
}

function refusal(param: string, detail: string): Fault {
  return new Fault('invalid_request', { param, details: { detail: `${detail}.` } })
}
