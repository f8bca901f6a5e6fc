import type { z } from 'zod'

import type { keyShape } from '#contract/control/keys.ts'
import { viewLimits } from '#contract/limits-view.ts'
import type { ApiKey } from '#domain/accounts.ts'

/** A key in the words of the wire: never the secret. */
export function viewKey(key: ApiKey): z.input<typeof keyShape> {
  return {
    id: key.id,
    account_id: key.accountId,
    kind: key.kind,
    name: key.name,
    label: `${key.prefix}…${key.lastFour}`,
    content_mode: key.contentMode,
    limits: viewLimits(key.limits),
    created_at: key.createdAt.toISOString(),
    expires_at: key.expiresAt?.toISOString() ?? null,
    revoked_at: key.revokedAt?.toISOString() ?? null,
  }
}
