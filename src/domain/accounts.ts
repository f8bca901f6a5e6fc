import type { AccountId, KeyId, ProjectId } from './identifiers.ts'
import type { UsageLimits } from './usage-limits.ts'

/** What an account may do. `closing` and `closed` belong to deletion; only `active` may spend. */
export type AccountStatus = 'active' | 'suspended' | 'closing' | 'closed'

/** Who an account is: a customer of this installation, or one who runs it. */
export type AccountRole = 'customer' | 'operator'

/**
 * How much of a request is kept. `full`: metadata, messages and output; `metadata`: everything but the
 * messages and the output; `none`: only what billing needs, without IP address and user agent.
 */
export type ContentMode = 'none' | 'metadata' | 'full'

/** One account, as stored. */
export interface Account {
  readonly id: AccountId
  readonly role: AccountRole
  readonly displayName: string
  readonly email: string | null
  readonly status: AccountStatus
  /** Why the status is what it is, for the account's owner to read; null while active. */
  readonly statusReason: string | null
  readonly contentMode: ContentMode
  /** What all its keys together may use; null: as much as there is credit for. */
  readonly limits: UsageLimits | null
  /** The country (ISO 3166, two letters) that its owner named; null: none. */
  readonly region: string | null
  readonly createdAt: Date
}

/** What a key opens: model requests, or the control API of this installation. */
export type KeyKind = 'inference' | 'operator'

/**
 * What an API key may do. `inference`: ask models; `read_usage`: read what was asked, used and spent;
 * `manage_keys`: make, change and revoke keys of its account. An operator token has none of them.
 */
export type KeyScope = 'inference' | 'read_usage' | 'manage_keys'

/** Every scope, in the order in which they are shown. */
export const keyScopes = ['inference', 'read_usage', 'manage_keys'] as const

/** What a key may do when nobody said otherwise. */
export const usualKeyScopes: readonly KeyScope[] = ['inference', 'read_usage']

/** One API key, as stored: never the secret, only what recognises it. */
export interface ApiKey {
  readonly id: KeyId
  readonly accountId: AccountId
  readonly kind: KeyKind
  readonly name: string
  /** The first characters of the secret (`cl_k`), for display. */
  readonly prefix: string
  readonly lastFour: string
  /** Null: the account's own mode. A key can only lower it. */
  readonly contentMode: ContentMode | null
  /** What this key may use, within what its account may; null: no limit of its own. */
  readonly limits: UsageLimits | null
  readonly scopes: readonly KeyScope[]
  /** The project it belongs to for its whole life; null: to none. */
  readonly projectId: ProjectId | null
  /** Who made it: the id of a person or of a key; null: nobody remembers. */
  readonly createdBy: string | null
  /** The host of the app that it was made for; absent: none. */
  readonly appHost?: string
  readonly createdAt: Date
  readonly expiresAt: Date | null
  readonly revokedAt: Date | null
  /** Until then, secrets that were replaced work too; null: none was. */
  readonly oldSecretsEndAt: Date | null
}

const contentModeRank: Record<ContentMode, number> = { none: 0, metadata: 1, full: 2 }

/** The most private of the modes given: a key or a request can lower what is kept, never raise it. */
export function strictestContentMode(
  account: ContentMode,
  ...others: readonly (ContentMode | null)[]
): ContentMode {
  return others.reduce<ContentMode>(
    (strictest, mode) =>
      mode !== null && contentModeRank[mode] < contentModeRank[strictest] ? mode : strictest,
    account,
  )
}
