import type { z } from 'zod'

import type { passkeyShape } from '#contract/control/me.ts'
import type { Passkey } from '#domain/passkeys.ts'

/** A passkey in the words of the wire, without its keys. */
export function viewPasskey(passkey: Passkey): z.input<typeof passkeyShape> {
  return {
    id: passkey.id,
    name: passkey.name,
    is_synced: passkey.isSynced,
    created_at: passkey.createdAt.toISOString(),
    last_used_at: passkey.lastUsedAt?.toISOString() ?? null,
  }
}
