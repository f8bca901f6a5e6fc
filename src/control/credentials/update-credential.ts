import type { z } from 'zod'

import type { credentialChangeBody } from '#contract/control/credentials.ts'
import type { controlRoutes } from '#contract/routes.ts'
import type { ControlParts, Operation } from '#control/operation.ts'
import { requireStepUp } from '#control/step-up.ts'
import { Fault } from '#domain/faults.ts'
import { lastFourOf, type OwnCredential } from '#domain/own-credentials.ts'
import { ownProviderChoice, type OwnProviderChoice } from '#domain/own-providers.ts'
import type { OwnCredentialChange } from '#ports/own-credentials.ts'

import { viewCredential } from './credential-view.ts'
import { findCredential } from './find-credential.ts'
import { noteChange } from './note-change.ts'
import { readKeyIds, readModels } from './read-credential.ts'
import { readSecret } from './read-secret.ts'

type Change = z.output<typeof credentialChangeBody>

/**
 * Changes when and for what a credential is used; it counts everywhere within seconds. Another secret takes
 * the same fresh proof as a new credential. Where it leads cannot be changed, or its secret could be sent
 * to somebody who was not meant to have it.
 */
export function updateCredential(
  parts: ControlParts,
): Operation<typeof controlRoutes.updateCredential> {
  const { credentials, clock } = parts
  return async ({ params, body, actor, visitor }) => {
    if (body.secret !== undefined) requireStepUp(actor, 'add_provider_key', clock.nowMs())
    const before = await findCredential(parts, params)
    const change = await changeOf(before, body, parts)
    const after = await credentials.update(before.accountId, before.id, change)
    if (after === undefined) throw new Fault('credential_not_found')
    await noteChange(parts, { kind: 'provider_key_changed', actor, visitor, credential: after })
    return { data: viewCredential(after, parts) }
  }
}

async function changeOf(
  before: OwnCredential,
  body: Change,
  parts: Pick<ControlParts, 'apiKeys' | 'catalogue' | 'credentialVault'>,
): Promise<OwnCredentialChange> {
  const { label, use, enabled, models, key_ids: keyIds, secret } = body
  return {
    ...(label === undefined ? {} : { label }),
    ...(use === undefined ? {} : { use }),
    ...(enabled === undefined ? {} : { isEnabled: enabled }),
    ...(models === undefined
      ? {}
      : { models: readModels(models, choiceOf(before, parts), parts.catalogue()) }),
    ...(keyIds === undefined ? {} : { keyIds: await readKeyIds(keyIds, before.accountId, parts) }),
    ...(secret === undefined ? {} : { secret: await sealed(before, secret, parts) }),
  }
}

async function sealed(
  before: OwnCredential,
  sent: NonNullable<Change['secret']>,
  parts: Pick<ControlParts, 'catalogue' | 'credentialVault'>,
): Promise<NonNullable<OwnCredentialChange['secret']>> {
  const secret = readSecret(sent, choiceOf(before, parts))
  const named = { secretKind: secret.kind, lastFour: lastFourOf(secret) }
  return { ...named, ...(await parts.credentialVault.seal(before, secret)) }
}

function choiceOf(
  { provider }: OwnCredential,
  { catalogue }: Pick<ControlParts, 'catalogue'>,
): OwnProviderChoice {
  const choice = ownProviderChoice(catalogue(), provider)
  if (choice !== undefined) return choice
  const detail = `"${provider}" is not served here any more: this key can only be switched off or removed.`
  throw new Fault('conflict', { details: { detail } })
}
