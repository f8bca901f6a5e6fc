import type { controlRoutes } from '#contract/routes.ts'
import { actorIdOf } from '#control/actor.ts'
import { changeLimits } from '#control/limits/read-limits.ts'
import type { ControlParts, Operation } from '#control/operation.ts'
import { findOpenProject } from '#control/projects/find-project.ts'
import { requireStepUp } from '#control/step-up.ts'
import { type Account, type KeyKind, usualKeyScopes } from '#domain/accounts.ts'
import { Fault, unreachable } from '#domain/faults.ts'
import { makeKeyId } from '#domain/identifiers.ts'
import { takesProof } from '#domain/key-risk.ts'
import { makeApiKey } from '#domain/keys.ts'
import { keysPerAccountMax } from '#domain/limits.ts'

import { hashKey } from './hash-key.ts'
import { viewKey } from './key-view.ts'
import { readExpiry } from './read-expiry.ts'
import { refuseScopes } from './refuse-scopes.ts'
import { type KeyTelling, tellOfKey } from './tell-of-key.ts'

/** Creates a key. Its secret is in the answer and nowhere else: only its hash is stored. */
export function createKey(
  parts: KeyTelling & Pick<ControlParts, 'accounts' | 'apiKeys' | 'projects' | 'randomBytes'>,
): Operation<typeof controlRoutes.createKey> {
  const { accounts, apiKeys, clock, randomBytes } = parts
  return async ({ params, body, actor, visitor }) => {
    const account = await accounts.find(params.account_id)
    if (account === undefined) throw new Fault('account_not_found')
    refuseWrongKind(account, body.kind)
    const scopes = body.scopes ?? (body.kind === 'inference' ? usualKeyScopes : [])
    refuseScopes(body.kind, scopes)
    const expiresAt = readExpiry(body.expires_at, clock.nowMs())
    if (body.project_id !== null) {
      const path = { account_id: account.id, project_id: body.project_id }
      await findOpenProject(parts, path)
    }
    if ((await apiKeys.list(account.id)).length >= keysPerAccountMax) {
      const detail = `An account has at most ${keysPerAccountMax} keys, revoked ones included.`
      throw new Fault('conflict', { details: { detail } })
    }
    const limits = changeLimits(null, body.limits)
    if (takesProof({ kind: body.kind, scopes, limits })) {
      requireStepUp(actor, 'create_key', clock.nowMs())
    }
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
      scopes,
      projectId: body.project_id,
      createdBy: actorIdOf(actor),
    })
    if (key === undefined) throw new Fault('account_not_found')
    await tellOfKey({ key, account, actor, visitor }, parts)
    return { data: viewKey(key, undefined), key: secret }
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
