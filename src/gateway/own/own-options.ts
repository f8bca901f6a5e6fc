import {
  type Catalogue,
  type Model,
  type Provider,
  usualOwnCredentialPolicy,
} from '#domain/catalogue.ts'
import type { OpenedCredential } from '#domain/own-credentials.ts'
import { ownEndpointOf, ownProviderOf } from '#domain/own-providers.ts'
import type { OwnOption } from '#domain/routing.ts'
import type { HeldLimits } from '#gateway/limits/holders.ts'

/**
 * The ways to a model with a caller's own credentials, in the order of these, among the providers that all
 * limits allow; undefined when the caller has none.
 */
export function ownOptions(
  catalogue: Catalogue,
  credentials: readonly OpenedCredential[],
  held: readonly HeldLimits[],
): ((model: Model) => readonly OwnOption[]) | undefined {
  if (credentials.length === 0) return undefined
  const { feePartsPerMillion } = catalogue.ownCredentials ?? usualOwnCredentialPolicy
  const reached = credentials
    .filter(({ credential }) => mayUseProvider(credential.provider, held))
    .map((opened) => ({ opened, provider: providerOf(opened, catalogue) }))
  return (model) =>
    reached.flatMap(({ opened: { credential }, provider }) => {
      const endpoint =
        provider && ownEndpointOf(model, { credential, provider }, feePartsPerMillion)
      return endpoint === undefined ? [] : [{ endpoint, use: credential.use }]
    })
}

function mayUseProvider(slug: string, held: readonly HeldLimits[]): boolean {
  return held.every(
    ({ limits: { allowedProviders } }) =>
      allowedProviders === null || allowedProviders.includes(slug),
  )
}

interface Made {
  readonly catalogue: Catalogue
  readonly provider: Provider | undefined
}
const made = new WeakMap<OpenedCredential, Made>()

/** The same object for every request until the credential or the catalogue is another. */
function providerOf(opened: OpenedCredential, catalogue: Catalogue): Provider | undefined {
  const known = made.get(opened)
  if (known?.catalogue === catalogue) return known.provider
  const provider = ownProviderOf(opened, catalogue)
  made.set(opened, { catalogue, provider })
  return provider
}
