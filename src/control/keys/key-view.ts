import type { z } from 'zod'

import type { keyShape } from '#contract/control/keys.ts'
import { viewLimits } from '#contract/limits-view.ts'
import type { ControlParts } from '#control/operation.ts'
import { type ApiKey, keyScopes } from '#domain/accounts.ts'

type KeyView = z.input<typeof keyShape>

/** A key in the words of the wire: never the secret. */
export function viewKey(key: ApiKey, lastUsedAt: Date | undefined): KeyView {
  return {
    id: key.id,
    account_id: key.accountId,
    project_id: key.projectId,
    kind: key.kind,
    name: key.name,
    label: `${key.prefix}…${key.lastFour}`,
    scopes: keyScopes.filter((scope) => key.scopes.includes(scope)),
    content_mode: key.contentMode,
    limits: viewLimits(key.limits),
    created_at: key.createdAt.toISOString(),
    created_by: key.createdBy,
    app: key.appHost ?? null,
    last_used_at: lastUsedAt?.toISOString() ?? null,
    expires_at: key.expiresAt?.toISOString() ?? null,
    revoked_at: key.revokedAt?.toISOString() ?? null,
    old_secrets_end_at: key.oldSecretsEndAt?.toISOString() ?? null,
  }
}

/** A key with when it was last used. */
export async function viewUsedKey(
  { usage }: Pick<ControlParts, 'usage'>,
  key: ApiKey,
): Promise<KeyView> {
  return viewKey(key, (await usage.lastUses(key.accountId)).get(key.id))
}
