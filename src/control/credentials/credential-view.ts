import type { z } from 'zod'

import type { credentialListAnswer, credentialShape } from '#contract/control/credentials.ts'
import type { ControlParts } from '#control/operation.ts'
import { type Catalogue, usualOwnCredentialPolicy } from '#domain/catalogue.ts'
import { formatDecimal } from '#domain/money.ts'
import type { OwnCredential } from '#domain/own-credentials.ts'
import {
  ownProviderChoice,
  ownProviderChoices,
  type OwnProviderChoice,
} from '#domain/own-providers.ts'

type CredentialView = z.input<typeof credentialShape>
type ListView = z.input<typeof credentialListAnswer>

/** A credential in the words of the wire: never its secret. */
export function viewCredential(
  credential: OwnCredential,
  { catalogue }: Pick<ControlParts, 'catalogue'>,
): CredentialView {
  const choice = ownProviderChoice(catalogue(), credential.provider)
  return {
    id: credential.id,
    account_id: credential.accountId,
    provider: credential.provider,
    provider_name: choice?.name ?? credential.provider,
    label: credential.label,
    secret_kind: credential.secretKind,
    last_four: credential.lastFour,
    base_url: credential.baseUrl,
    protocol: credential.protocol,
    region: credential.region,
    models:
      credential.models?.map(({ model, upstreamModel }) => ({
        model,
        upstream_model: upstreamModel,
      })) ?? null,
    key_ids: credential.keyIds === null ? null : [...credential.keyIds],
    use: credential.use,
    enabled: credential.isEnabled,
    is_served: choice !== undefined,
    created_at: credential.createdAt.toISOString(),
    created_by: credential.createdBy,
    last_test: viewTest(credential),
  }
}

/** What a credential may be brought for, and what a request with one costs. */
export function viewOffer(catalogue: Catalogue): Pick<ListView, 'fee_percent' | 'providers'> {
  const { feePartsPerMillion } = catalogue.ownCredentials ?? usualOwnCredentialPolicy
  return {
    fee_percent: formatDecimal(BigInt(feePartsPerMillion), 4),
    providers: ownProviderChoices(catalogue).map(viewChoice),
  }
}

function viewChoice(choice: OwnProviderChoice): ListView['providers'][number] {
  return {
    slug: choice.slug,
    name: choice.name,
    secret_kinds: [...choice.secretKinds],
    address: choice.address,
    protocols: [...choice.protocols],
    has_regions: choice.hasRegions,
    needs_models: choice.needsModels,
  }
}

function viewTest({ lastTest }: OwnCredential): CredentialView['last_test'] {
  if (lastTest === null) return null
  const { at, outcome, detail } = lastTest
  return { at: at.toISOString(), outcome, detail }
}
