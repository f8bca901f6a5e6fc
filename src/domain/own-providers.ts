import type {
  Catalogue,
  Endpoint,
  Model,
  Provider,
  ProviderProtocolName,
  SigningCredential,
} from './catalogue.ts'
import {
  type CredentialSecretKind,
  type OpenedCredential,
  type OwnCredential,
  type OwnServer,
  ownServers,
} from './own-credentials.ts'

/** What a customer may bring a credential for, and what it takes. */
export interface OwnProviderChoice {
  readonly slug: string
  readonly name: string
  /** The first is the usual one. */
  readonly secretKinds: readonly CredentialSecretKind[]
  /** Whether an address of their own is needed, possible, or neither. */
  readonly address: 'required' | 'optional' | 'none'
  /** What may be spoken at such an address; the first unless another is chosen. */
  readonly protocols: readonly [ProviderProtocolName, ...ProviderProtocolName[]]
  readonly hasRegions: boolean
  /** True: nothing here says which of the models it has, so they must be named. */
  readonly needsModels: boolean
}

/** Everything a customer may bring a credential for: what is served here, then servers of their own. */
export function ownProviderChoices(catalogue: Catalogue): readonly OwnProviderChoice[] {
  const served = catalogue.providers
    .filter(({ slug }) => serverOf(slug) === undefined)
    .map(choiceOfProvider)
  return [...served, ...ownServers.map((server) => choiceOfServer(server, catalogue))]
}

/** The choice with this slug; undefined when nothing here is called so. */
export function ownProviderChoice(
  catalogue: Catalogue,
  slug: string,
): OwnProviderChoice | undefined {
  const server = serverOf(slug)
  if (server !== undefined) return choiceOfServer(server, catalogue)
  const provider = catalogue.providers.find((one) => one.slug === slug)
  return provider && choiceOfProvider(provider)
}

function serverOf(slug: string): OwnServer | undefined {
  return ownServers.find((one) => one.slug === slug)
}

function choiceOfServer(server: OwnServer, catalogue: Catalogue): OwnProviderChoice {
  const { slug, name, protocols } = server
  const isServed = catalogue.providers.some((one) => one.slug === slug)
  return {
    ...{ slug, name, protocols, hasRegions: false, needsModels: !isServed },
    secretKinds: slug === 'custom' ? ['api_key', 'none'] : ['api_key'],
    address: 'required',
  }
}

function choiceOfProvider({ slug, name, protocol, baseUrl }: Provider): OwnProviderChoice {
  const common = { slug, name, protocols: [protocol], needsModels: false } as const
  if (baseUrl.startsWith('simulated:')) {
    return { ...common, secretKinds: ['api_key'], address: 'none', hasRegions: false }
  }
  switch (protocol) {
    case 'bedrock':
      return { ...common, secretKinds: ['aws', 'api_key'], address: 'none', hasRegions: true }
    case 'gemini':
      return {
        ...common,
        secretKinds: ['api_key', 'google_service_account'],
        ...{ address: 'optional', hasRegions: false },
      }
    case 'azure-openai':
      return { ...common, secretKinds: ['api_key'], address: 'required', hasRegions: false }
    default:
      return { ...common, secretKinds: ['api_key'], address: 'optional', hasRegions: false }
  }
}

const bedrockRegionUsual = 'us-east-1'
/** Not the address that a service account's key names: that would send an assertion wherever it says. */
const googleTokenUrl = 'https://oauth2.googleapis.com/token'
/** What is agreed between a customer and their provider is not known here, so it counts as the worst. */
const unknownDataPolicy = { retentionDays: null, trains: null, region: null } as const

/**
 * The provider as this credential reaches it; undefined while that cannot be: the secret did not open, or
 * nothing of that name is served any more. The secret goes to the provider's own address, or to the one
 * that the credential was made for, and nowhere else.
 */
export function ownProviderOf(
  { credential, secret }: OpenedCredential,
  catalogue: Catalogue,
): Provider | undefined {
  if (secret === null) return undefined
  const server = serverOf(credential.provider)
  const served = catalogue.providers.find(({ slug }) => slug === credential.provider)
  const baseUrl = credential.baseUrl ?? addressOf(credential, served)
  const protocol = credential.protocol ?? server?.protocols[0] ?? served?.protocol
  if (baseUrl === undefined || protocol === undefined) return undefined
  const alsoSpeaks = server === undefined ? served?.alsoSpeaks : undefined
  const signing = signingOf({ credential, secret })
  return {
    slug: credential.provider,
    name: server === undefined ? (served?.name ?? credential.label) : credential.label,
    kind: served?.kind ?? 'compute',
    ...{ protocol, baseUrl },
    ...(alsoSpeaks === undefined ? {} : { alsoSpeaks }),
    apiKey: secret.kind === 'api_key' ? secret.apiKey : null,
    ...(signing === undefined ? {} : { signing }),
    dataPolicy: unknownDataPolicy,
    own: {
      credentialId: credential.id,
      label: credential.label,
      isGuarded: credential.baseUrl !== null,
    },
  }
}

function addressOf(credential: OwnCredential, served: Provider | undefined): string | undefined {
  if (served === undefined) return undefined
  if (served.protocol !== 'bedrock' || credential.region === null) return served.baseUrl
  return `https://bedrock-runtime.${credential.region}.amazonaws.com`
}

function signingOf({ credential, secret }: OpenedCredential): SigningCredential | undefined {
  switch (secret?.kind) {
    case 'aws': {
      const { accessKeyId, secretAccessKey, sessionToken } = secret
      const region = credential.region ?? bedrockRegionUsual
      return { kind: 'aws', accessKeyId, secretAccessKey, sessionToken, region }
    }
    case 'google_service_account': {
      const { clientEmail, privateKey } = secret
      return { kind: secret.kind, clientEmail, privateKey, tokenUrl: googleTokenUrl }
    }
    default:
      return undefined
  }
}

/**
 * How this credential reaches a model: by the name that it gives the model, or else the one that its
 * provider has here; undefined when it may not be used for the model, or does not have it. The price is the
 * list price that the fee is a part of.
 */
export function ownEndpointOf(
  model: Model,
  own: { readonly credential: OwnCredential; readonly provider: Provider },
  feePartsPerMillion: number,
): Endpoint | undefined {
  const { credential, provider } = own
  const named = credential.models?.find((one) => one.model === model.id)
  if (credential.models !== null && named === undefined) return undefined
  const listed = model.endpoints.find((one) => one.provider.slug === credential.provider)
  const upstreamModel = named?.upstreamModel ?? listed?.upstreamModel
  const price = (listed ?? model.endpoints[0])?.price
  if (upstreamModel === undefined || price === undefined) return undefined
  return { provider, upstreamModel, price, feePartsPerMillion }
}
