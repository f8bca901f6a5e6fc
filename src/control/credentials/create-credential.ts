import type { controlRoutes } from '#contract/routes.ts'
import { actorIdOf } from '#control/actor.ts'
import type { ControlParts, Operation } from '#control/operation.ts'
import { Fault } from '#domain/faults.ts'
import { makeCredentialId } from '#domain/identifiers.ts'
import { credentialsPerAccountMax } from '#domain/limits.ts'
import { lastFourOf } from '#domain/own-credentials.ts'

import { viewCredential } from './credential-view.ts'
import { noteChange } from './note-change.ts'
import { readChoice, readKeyIds, readModels, readPlace } from './read-credential.ts'
import { readSecret } from './read-secret.ts'

/**
 * Keeps a credential of the customer's own. Its secret is sealed before it is stored, and given out to
 * nobody again. It is used everywhere within seconds.
 */
export function createCredential(
  parts: ControlParts,
): Operation<typeof controlRoutes.createCredential> {
  const { accounts, credentials, credentialVault, catalogue, randomBytes } = parts
  return async ({ params, body, actor, visitor }) => {
    const account = await accounts.find(params.account_id)
    if (account === undefined) throw new Fault('account_not_found')
    const choice = readChoice(catalogue(), body.provider)
    const secret = readSecret(body.secret, choice)
    const place = readPlace(body, choice, parts)
    const models = readModels(body.models, choice, catalogue())
    const keyIds = await readKeyIds(body.key_ids, account.id, parts)
    if ((await credentials.list(account.id)).length >= credentialsPerAccountMax) {
      const detail = `An account has at most ${credentialsPerAccountMax} provider keys: remove one.`
      throw new Fault('conflict', { details: { detail } })
    }
    const name = { id: makeCredentialId(randomBytes), accountId: account.id }
    const made = await credentials.create({
      ...{ ...name, ...place, models, keyIds },
      provider: choice.slug,
      label: body.label,
      use: body.use,
      secretKind: secret.kind,
      lastFour: lastFourOf(secret),
      createdBy: actorIdOf(actor),
      secret: await credentialVault.seal(name, secret),
    })
    if (made === undefined) throw new Fault('account_not_found')
    await noteChange(parts, { kind: 'provider_key_added', actor, visitor, credential: made })
    return { data: viewCredential(made, parts) }
  }
}
