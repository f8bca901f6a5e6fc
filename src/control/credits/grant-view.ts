import type { z } from 'zod'

import type { grantShape } from '#contract/control/credits.ts'
import { formatUsd } from '#domain/money.ts'
import type { Grant } from '#ports/ledger-store.ts'

/** A grant in the words of the wire. */
export function viewGrant(grant: Grant): z.input<typeof grantShape> {
  return {
    id: grant.id,
    account_id: grant.accountId,
    kind: grant.kind,
    amount: formatUsd(grant.amountNanoUsd),
    remaining: formatUsd(grant.remainingNanoUsd),
    priority: grant.priority,
    created_at: grant.createdAt.toISOString(),
    expires_at: grant.expiresAt?.toISOString() ?? null,
    note: grant.note,
  }
}
