import type { ProviderProtocolName } from './catalogue.ts'
import type { AccountId, CredentialId, KeyId } from './identifiers.ts'

/**
 * When a credential of a customer's own is used. `first`: before the shared ones; `only`: no shared one is
 * asked for a model that it serves; `last`: after the shared ones have failed.
 */
export type CredentialUse = (typeof credentialUses)[number]

/** All of them, in the order in which they are shown. */
export const credentialUses = ['first', 'only', 'last'] as const

/** What shows a provider who asks. `none`: a server of the customer's own that asks for nothing. */
export type CredentialSecret =
  | { readonly kind: 'api_key'; readonly apiKey: string }
  | {
      readonly kind: 'aws'
      readonly accessKeyId: string
      readonly secretAccessKey: string
      readonly sessionToken: string | null
    }
  | {
      readonly kind: 'google_service_account'
      readonly clientEmail: string
      /** PKCS #8, in PEM. */
      readonly privateKey: string
    }
  | { readonly kind: 'none' }

/** The kinds of secrets. */
export type CredentialSecretKind = CredentialSecret['kind']

/** One model that a credential may be used for, and what its provider calls it; null: as listed here. */
export interface OwnModel {
  readonly model: string
  readonly upstreamModel: string | null
}

/** How a real call with a credential went, the last time it was tried. */
export interface CredentialTest {
  readonly at: Date
  readonly outcome: CredentialTestOutcome
  /** In words, for its owner to read; never holds the secret. */
  readonly detail: string
}

/** How such a call can go. */
export type CredentialTestOutcome = (typeof credentialTestOutcomes)[number]

/** `works`; the provider `refused` the key, or `limited` it; nothing was `unreachable`; or it `failed`. */
export const credentialTestOutcomes = [
  'works',
  'refused',
  'limited',
  'unreachable',
  'failed',
] as const

/** A credential that a customer brought, as it may be shown: everything but its secret. */
export interface OwnCredential {
  readonly id: CredentialId
  readonly accountId: AccountId
  /** The slug of a provider that is served here, or of a kind of server (`ownServers`). */
  readonly provider: string
  readonly label: string
  readonly secretKind: CredentialSecretKind
  /** The end of the secret, to recognise it by; empty where it is too short to show any of it, or none. */
  readonly lastFour: string
  /** An address of the customer's own; null: the provider's. Never changes: the secret is sent there. */
  readonly baseUrl: string | null
  /** What is spoken at an address of their own; null: what the provider speaks. */
  readonly protocol: ProviderProtocolName | null
  /** Of a provider with regions; null: the usual one. */
  readonly region: string | null
  /** Null: every model that its provider serves here. */
  readonly models: readonly OwnModel[] | null
  /** The keys whose requests may use it; null: all of the account. */
  readonly keyIds: readonly KeyId[] | null
  readonly use: CredentialUse
  readonly isEnabled: boolean
  readonly createdBy: string | null
  readonly createdAt: Date
  readonly lastTest: CredentialTest | null
}

/** A credential as the gateway uses it. `secret` is null when it could not be opened: it serves nothing then. */
export interface OpenedCredential {
  readonly credential: OwnCredential
  readonly secret: CredentialSecret | null
}

/** A kind of server that customers run or rent themselves, at an address of their own. */
export interface OwnServer {
  readonly slug: string
  readonly name: string
  /** What may be spoken there; the first unless another is chosen. */
  readonly protocols: readonly [ProviderProtocolName, ...ProviderProtocolName[]]
}

/** All of them. Their slugs mean this in a credential even where a provider that is served has the same. */
export const ownServers: readonly OwnServer[] = [
  { slug: 'azure', name: 'Azure OpenAI', protocols: ['azure-openai'] },
  {
    slug: 'custom',
    name: 'Compatible server',
    protocols: ['openai', 'openai-responses', 'anthropic', 'gemini'],
  },
]

/** Names of regions of Amazon Web Services: they become part of a host name. */
export const awsRegionPattern = /^[a-z]{2}(-[a-z]+){1,3}-\d{1,2}$/

const shownLengthMin = 16

/** The end of a secret that may be shown: four characters of one that is long enough not to be given away. */
export function lastFourOf(secret: CredentialSecret): string {
  switch (secret.kind) {
    case 'api_key':
      return endOf(secret.apiKey)
    case 'aws':
      return endOf(secret.accessKeyId)
    case 'google_service_account':
    case 'none':
      return ''
    default:
      return secret satisfies never
  }
}

function endOf(text: string): string {
  return text.length < shownLengthMin ? '' : text.slice(-4)
}
