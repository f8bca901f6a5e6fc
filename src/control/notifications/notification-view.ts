import type { z } from 'zod'

import type {
  notificationSettingsShape,
  notificationShape,
} from '#contract/control/notifications.ts'
import type { SpendOwner } from '#domain/budgets.ts'
import { unreachable } from '#domain/faults.ts'
import { formatUsd } from '#domain/money.ts'
import type { NotificationSettings } from '#domain/notifications.ts'
import type { Notification } from '#ports/notifications.ts'

/** A notification in the words of the wire. */
export function viewNotification(notification: Notification): z.input<typeof notificationShape> {
  const { id, createdAt, endedAt, readAt, facts } = notification
  const every = {
    id: id.toString(),
    created_at: createdAt.toISOString(),
    ended_at: endedAt?.toISOString() ?? null,
    read_at: readAt?.toISOString() ?? null,
  }
  switch (facts.kind) {
    case 'low_balance': {
      const { kind, leftNanoUsd, thresholdNanoUsd } = facts
      return {
        ...every,
        kind,
        left: formatUsd(leftNanoUsd),
        threshold: formatUsd(thresholdNanoUsd),
      }
    }
    case 'budget': {
      const { kind, owner, window, percent, spentNanoUsd, limitNanoUsd } = facts
      const named = { type: kindOfOwner(owner.id), ...owner }
      const amounts = { spent: formatUsd(spentNanoUsd), limit: formatUsd(limitNanoUsd) }
      return { ...every, kind, owner: named, window, percent, ...amounts }
    }
    case 'error_spike': {
      const { kind, requestCount, errorCount } = facts
      return { ...every, kind, requests: requestCount, errors: errorCount }
    }
    default:
      return unreachable(facts)
  }
}

/** By its id. */
function kindOfOwner(id: SpendOwner): 'account' | 'project' | 'key' {
  if (id.startsWith('key_')) return 'key'
  return id.startsWith('proj_') ? 'project' : 'account'
}

/** Settings in the words of the wire. */
export function viewSettings(
  settings: NotificationSettings,
): z.input<typeof notificationSettingsShape> {
  const { lowBalanceNanoUsd } = settings
  return {
    low_balance: lowBalanceNanoUsd === null ? null : formatUsd(lowBalanceNanoUsd),
    budget_percents: [...settings.budgetPercents],
    error_spikes: settings.errorSpikes,
    by_mail: settings.byMail,
  }
}
