import type { controlRoutes } from '#contract/routes.ts'
import { changeLimits } from '#control/limits/read-limits.ts'
import type { ControlParts, Operation } from '#control/operation.ts'
import type { Account, KeyKind } from '#domain/accounts.ts'
import { Fault, unreachable } from '#domain/faults.ts'
import { makeKeyId } from '#domain/identifiers.ts'
import { makeApiKey } from '#domain/keys.ts'

import { hashKey } from './hash-key.ts'
import { viewKey } from './key-view.ts'

/** Creates a key. Its secret is in the answer and nowhere else: only its hash is stored. */
export function createKey(
  parts: Pick<ControlParts, 'accounts' | 'apiKeys' | 'clock' | 'randomBytes'>,
): Operation<typeof controlRoutes.createKey> {
  const { accounts, apiKeys, clock, randomBytes } = parts
  return async ({ params, body }) => {
    const account = await accounts.find(params.account_id)
    if (account === undefined) throw new Fault('account_not_found')
    refuseWrongKind(account, body.kind)
    const expiresAt = body.expires_at === null ? null : new Date(body.expires_at)
    if (expiresAt !== null && expiresAt.getTime() <= clock.nowMs()) {
      const detail = `expires_at: "${expiresAt.toISOString()}" is in the past.`
      throw new Fault('invalid_request', { param: 'expires_at', details: { detail } })
    }
    const limits = changeLimits(null, body.limits)
    const secret = makeApiKey(body.kind, randomBytes)
    const key = await apiKeys.create({
      id: makeKeyId(randomBytes),
      accountId: account.id,
      kind: body.kind,
      name: body.name,
      prefix: secret.slice(0, 4),
      lastFour: secret.slice(-4),
      hash: await hashKey(secret),
      contentMode: body.content_mode,
      limits,
      expiresAt,
    })
    if (key === undefined) throw new Fault('account_not_found')
    return { data: viewKey(key), key: secret }
  }
}

/** An operator token belongs to an operator, and an operator spends nothing. */
function refuseWrongKind(account: Account, kind: KeyKind): void {
  switch (kind) {
    case 'operator': {
      if (account.role === 'operator') return
      const detail = 'kind: only an operator account can have an operator token.'
      throw new Fault('invalid_request', { param: 'kind', details: { detail } })
    }
    case 'inference':
      return
    default:
      return unreachable(kind)
  }
}
