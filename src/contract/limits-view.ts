import type { z } from 'zod'

import { formatUsd, type NanoUsd } from '#domain/money.ts'
import type { WindowAmounts } from '#domain/spend-windows.ts'
import type { UsageLimits } from '#domain/usage-limits.ts'

import type { limitsShape, spentShape } from './control/limits.ts'

/** Limits in the words of the wire, the same on both planes. */
export function viewLimits(limits: UsageLimits | null): z.input<typeof limitsShape> | null {
  if (limits === null) return null
  const { day, week, month, total } = limits.spendNanoUsd
  return {
    requests_per_minute: limits.requestsPerMinute,
    tokens_per_minute: limits.tokensPerMinute,
    concurrent_requests: limits.concurrentRequests,
    spend: {
      day: viewAmount(day),
      week: viewAmount(week),
      month: viewAmount(month),
      total: viewAmount(total),
    },
    allowed_models: copy(limits.allowedModels),
    allowed_providers: copy(limits.allowedProviders),
    allowed_ip_ranges: copy(limits.allowedIpRanges),
  }
}

/** What was spent, in the words of the wire. */
export function viewSpent(spent: WindowAmounts): z.input<typeof spentShape> {
  const { day, week, month, total } = spent
  return {
    day: formatUsd(day),
    week: formatUsd(week),
    month: formatUsd(month),
    total: formatUsd(total),
  }
}

function viewAmount(amount: NanoUsd | null): string | null {
  return amount === null ? null : formatUsd(amount)
}

function copy(list: readonly string[] | null): string[] | null {
  return list === null ? null : [...list]
}
