import type { z } from 'zod'

import type { newCredentialBody } from '#contract/control/credentials.ts'
import type { ControlParts } from '#control/operation.ts'
import type { Catalogue } from '#domain/catalogue.ts'
import type { AccountId, KeyId } from '#domain/identifiers.ts'
import { nearNames } from '#domain/near-names.ts'
import { awsRegionPattern, type OwnCredential, type OwnModel } from '#domain/own-credentials.ts'
import { ownProviderChoice, type OwnProviderChoice } from '#domain/own-providers.ts'

import { invalid } from './read-secret.ts'

type NewBody = z.output<typeof newCredentialBody>
type SentModels = NewBody['models']

const suggestionsMax = 3

/** What the credential is for. Throws `invalid_request` with near names. */
export function readChoice(catalogue: Catalogue, slug: string): OwnProviderChoice {
  const choice = ownProviderChoice(catalogue, slug)
  if (choice !== undefined) return choice
  const known = [...catalogue.providers.map((one) => one.slug), 'azure', 'custom']
  const near = nearNames(slug, known, suggestionsMax)
  const hint =
    near.length === 0
      ? 'For a server of your own, use "custom" with its base_url.'
      : `Did you mean ${near.map((name) => `"${name}"`).join(' or ')}?`
  throw invalid('provider', `"${slug}" is not served here. ${hint}`)
}

/** Where the credential leads. Throws `invalid_request` for what its provider does not take, or must not be. */
export function readPlace(
  body: Pick<NewBody, 'base_url' | 'protocol' | 'region'>,
  choice: OwnProviderChoice,
  { probe }: Pick<ControlParts, 'probe'>,
): Pick<OwnCredential, 'baseUrl' | 'protocol' | 'region'> {
  return {
    baseUrl: readAddress(body.base_url, choice, probe),
    protocol: readProtocol(body, choice),
    region: readRegion(body.region, choice),
  }
}

function readAddress(
  sent: string | null,
  choice: OwnProviderChoice,
  probe: ControlParts['probe'],
): string | null {
  if (sent === null) {
    if (choice.address !== 'required') return null
    throw invalid(
      'base_url',
      `${choice.name} needs the address of your server, with https and its version.`,
    )
  }
  if (choice.address === 'none') {
    throw invalid('base_url', `${choice.name} has one address, which cannot be changed.`)
  }
  const refusal = probe.refusalOfAddress(sent)
  if (refusal !== undefined) throw invalid('base_url', `this address is not taken: ${refusal}.`)
  const url = new URL(sent)
  if (url.hash !== '') throw invalid('base_url', 'it must end before #.')
  const isAzure = choice.protocols.includes('azure-openai')
  if (url.search !== '' && !isAzure) throw invalid('base_url', 'it must end before ?.')
  if (/\/(chat\/completions|messages|responses)\/*$/.test(url.pathname)) {
    throw invalid('base_url', 'it must end before /chat/completions, /messages or /responses.')
  }
  return url.href.replace(/\/+$/, '')
}

function readProtocol(
  { protocol, base_url: address }: Pick<NewBody, 'protocol' | 'base_url'>,
  choice: OwnProviderChoice,
): OwnCredential['protocol'] {
  if (protocol === null) return address === null ? null : choice.protocols[0]
  if (choice.protocols.includes(protocol)) return address === null ? null : protocol
  const spoken = choice.protocols.map((name) => `"${name}"`).join(', ')
  throw invalid('protocol', `${choice.name} speaks ${spoken}.`)
}

function readRegion(sent: string | null, choice: OwnProviderChoice): string | null {
  if (sent === null) return null
  if (!choice.hasRegions) throw invalid('region', `${choice.name} has no regions here.`)
  if (awsRegionPattern.test(sent)) return sent
  throw invalid('region', 'it must be a region as "eu-west-1".')
}

/** The models that it may be used for. Throws `invalid_request` for one that is not served, or has no name. */
export function readModels(
  sent: SentModels,
  choice: OwnProviderChoice,
  catalogue: Catalogue,
): readonly OwnModel[] | null {
  if (sent === null) {
    if (!choice.needsModels) return null
    const example = '[{"model": "author/name", "upstream_model": "what your server calls it"}]'
    throw invalid('models', `nothing here knows what this server has: name them, as ${example}.`)
  }
  const seen = new Set<string>()
  return sent.map(({ model: name, upstream_model: upstreamModel }, place) => {
    const param = `models.${place}.model`
    const model = catalogue.byName.get(name)
    if (model === undefined) {
      const near = nearNames(name, catalogue.byName.keys(), suggestionsMax)
      const hint = near.length === 0 ? '' : ` Did you mean "${near.join('" or "')}"?`
      throw invalid(param, `"${name}" is not a model that is served here.${hint}`)
    }
    if (seen.has(model.id)) throw invalid(param, `"${model.id}" is named twice.`)
    seen.add(model.id)
    const isListed = model.endpoints.some(({ provider }) => provider.slug === choice.slug)
    if (upstreamModel === null && !isListed) {
      const what = `${choice.name} has "${model.id}" under no name that is known here: give it.`
      throw invalid(`models.${place}.upstream_model`, what)
    }
    return { model: model.id, upstreamModel }
  })
}

/** The keys that it is kept to: keys of this account. Throws `invalid_request`. */
export async function readKeyIds(
  sent: readonly KeyId[] | null,
  accountId: AccountId,
  { apiKeys }: Pick<ControlParts, 'apiKeys'>,
): Promise<readonly KeyId[] | null> {
  if (sent === null) return null
  const own = new Set((await apiKeys.list(accountId)).map(({ id }) => id))
  const strange = sent.findIndex((id) => !own.has(id))
  if (strange === -1) return [...new Set(sent)]
  throw invalid(`key_ids.${strange}`, `"${sent[strange]}" is no key of this account.`)
}
