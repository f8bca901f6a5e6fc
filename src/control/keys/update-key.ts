import type { z } from 'zod'

import type { keyChangeBody } from '#contract/control/keys.ts'
import type { controlRoutes } from '#contract/routes.ts'
import { changeLimits } from '#control/limits/read-limits.ts'
import type { ControlParts, Operation } from '#control/operation.ts'
import { requireStepUp } from '#control/step-up.ts'
import type { ApiKey } from '#domain/accounts.ts'
import { Fault } from '#domain/faults.ts'
import { raisesPower } from '#domain/key-risk.ts'
import type { KeyChange } from '#ports/api-keys.ts'

import { findKey } from './find-key.ts'
import { viewUsedKey } from './key-view.ts'
import { readExpiry } from './read-expiry.ts'
import { refuseScopes } from './refuse-scopes.ts'

/**
 * Changes what a key is called, what it may do and use, and when it ends; it counts everywhere within
 * seconds. Of two changes at the same moment the later one wins whole.
 */
export function updateKey(
  parts: Pick<ControlParts, 'apiKeys' | 'usage' | 'clock'>,
): Operation<typeof controlRoutes.updateKey | typeof controlRoutes.updateAccountKey> {
  const { apiKeys, clock } = parts
  return async ({ params, body, actor }) => {
    const before = await findKey(parts, params)
    if (body.scopes !== undefined) refuseScopes(before.kind, body.scopes)
    const change = changeOf(before, body, clock.nowMs())
    if (raisesPower(before, { ...before, ...change })) {
      requireStepUp(actor, 'raise_key_limit', clock.nowMs())
    }
    const key = await apiKeys.update(before.id, change)
    if (key === undefined) throw new Fault('key_not_found')
    return { data: await viewUsedKey(parts, key) }
  }
}

function changeOf(before: ApiKey, body: z.output<typeof keyChangeBody>, nowMs: number): KeyChange {
  const { name, scopes, content_mode: contentMode, limits, expires_at: expiry } = body
  return {
    ...(name === undefined ? {} : { name }),
    ...(scopes === undefined ? {} : { scopes }),
    ...(contentMode === undefined ? {} : { contentMode }),
    ...(limits === undefined ? {} : { limits: changeLimits(before.limits, limits) }),
    ...(expiry === undefined ? {} : { expiresAt: readExpiry(expiry, nowMs) }),
  }
}
