import type { ContentMode } from '#domain/accounts.ts'
import type { ApiKey } from '#domain/accounts.ts'
import { largerNanoUsd, usdNumberForWire, type NanoUsd, zeroNanoUsd } from '#domain/money.ts'
import { type SpendWindow, tightestWindow, type WindowAmounts } from '#domain/spend-windows.ts'

import { viewLimits } from './limits-view.ts'

/** What an account was given and has spent, in US dollars. The difference is its balance. */
export function creditsAnswer(balance: {
  grantedNanoUsd: NanoUsd
  spentNanoUsd: NanoUsd
}): Readonly<Record<string, unknown>> {
  return {
    data: {
      total_credits: usdNumberForWire(balance.grantedNanoUsd),
      total_usage: usdNumberForWire(balance.spentNanoUsd),
    },
  }
}

/** How often a window starts anew, in OpenRouter's words. */
const resetNames: Readonly<Record<SpendWindow, string | null>> = {
  day: 'daily',
  week: 'weekly',
  month: 'monthly',
  total: null,
}

/**
 * The key that asks, without its secret. `limit` and its companions are the spend limit of the key that
 * leaves the least; all of its limits are in `limits`. Requests under way are not in the amounts.
 */
export function keyAnswer(parts: {
  key: ApiKey
  contentMode: ContentMode
  spent: WindowAmounts
}): Readonly<Record<string, unknown>> {
  const { key, contentMode, spent } = parts
  const tightest = key.limits && tightestWindow(key.limits.spendNanoUsd, spent)
  return {
    data: {
      label: `${key.prefix}...${key.lastFour}`,
      name: key.name,
      id: key.id,
      kind: key.kind,
      limit: tightest ? usdNumberForWire(tightest.limitNanoUsd) : null,
      limit_remaining: tightest
        ? usdNumberForWire(largerNanoUsd(tightest.leftNanoUsd, zeroNanoUsd))
        : null,
      limit_reset: tightest ? resetNames[tightest.window] : null,
      usage: usdNumberForWire(spent.total),
      usage_daily: usdNumberForWire(spent.day),
      usage_weekly: usdNumberForWire(spent.week),
      usage_monthly: usdNumberForWire(spent.month),
      limits: viewLimits(key.limits),
      is_free_tier: false,
      is_management_key: key.kind === 'operator' || key.scopes.includes('manage_keys'),
      is_provisioning_key: false,
      content_mode: contentMode,
      created_at: key.createdAt.toISOString(),
      expires_at: key.expiresAt?.toISOString() ?? null,
    },
  }
}
