import type { z } from 'zod'

import type { accountShape } from '#contract/control/accounts.ts'
import { viewLimits } from '#contract/limits-view.ts'
import type { Account } from '#domain/accounts.ts'

/** An account in the words of the wire. */
export function viewAccount(account: Account): z.input<typeof accountShape> {
  return {
    id: account.id,
    role: account.role,
    display_name: account.displayName,
    email: account.email,
    status: account.status,
    status_reason: account.statusReason,
    content_mode: account.contentMode,
    limits: viewLimits(account.limits),
    region: account.region,
    created_at: account.createdAt.toISOString(),
  }
}
