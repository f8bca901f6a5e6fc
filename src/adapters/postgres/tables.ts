import type { ColumnType, Generated, GeneratedAlways } from 'kysely'

import type {
  AccountRole,
  AccountStatus,
  ContentMode,
  KeyKind,
  KeyScope,
} from '#domain/accounts.ts'
import type { ProviderProtocolName } from '#domain/catalogue.ts'
import type { FaultCode } from '#domain/faults.ts'
import type { Outcome } from '#domain/generation.ts'
import type {
  AccountId,
  CredentialId,
  GenerationId,
  KeyId,
  NodeId,
  PersonId,
  PriceVersionId,
  ProjectId,
} from '#domain/identifiers.ts'
import type {
  CredentialSecretKind,
  CredentialTestOutcome,
  CredentialUse,
} from '#domain/own-credentials.ts'
import type { UsageSource } from '#domain/usage.ts'

/** Every table but the ledger's. `test/schema.test.ts` compares these with the migrated database. */
export interface CoreTables {
  schema_migration: SchemaMigrationTable
  account: AccountTable
  account_status_change: AccountStatusChangeTable
  api_key: ApiKeyTable
  generation: GenerationTable
  generation_content: GenerationContentTable
  request_facet: RequestFacetTable
  account_key: AccountKeyTable
  api_key_old_secret: ApiKeyOldSecretTable
  api_key_use: ApiKeyUseTable
  project: ProjectTable
  price_version: PriceVersionTable
  price_change: PriceChangeTable
  idempotent_answer: IdempotentAnswerTable
  traffic_by_hour: TrafficByHourTable
  endpoint_traffic: EndpointTrafficTable
  stored_response: StoredResponseTable
  own_credential: OwnCredentialTable
}

/** Written as JSON text, read as what `JSON.parse` made of it: the reader checks it. */
type Json = ColumnType<unknown, string, string>

/** One applied migration. */
export interface SchemaMigrationTable {
  number: number
  name: string
  checksum: string
  applied_at: Generated<Date>
}

/** One account. */
export interface AccountTable {
  id: AccountId
  role: AccountRole
  display_name: string
  email: string | null
  status: Generated<AccountStatus>
  status_reason: string | null
  content_mode: ContentMode
  limits: Json | null
  region: string | null
  created_at: Generated<Date>
  changed_xid: GeneratedAlways<string>
}

/** One past change of an account's status. */
export interface AccountStatusChangeTable {
  id: GeneratedAlways<bigint>
  account_id: AccountId
  status: AccountStatus
  reason: string | null
  actor_key_id: KeyId | null
  actor_person_id: PersonId | null
  changed_at: Generated<Date>
}

/** One API key; `hash` is the SHA-256 of the secret. */
export interface ApiKeyTable {
  id: KeyId
  account_id: AccountId
  kind: KeyKind
  name: string
  prefix: string
  last_four: string
  hash: Uint8Array
  content_mode: ContentMode | null
  limits: Json | null
  scopes: KeyScope[]
  project_id: ProjectId | null
  created_by: string | null
  app_host: string | null
  created_at: Generated<Date>
  expires_at: Date | null
  revoked_at: Date | null
  old_secrets_end_at: Date | null
  changed_xid: GeneratedAlways<string>
}

/** One secret of a key that was replaced, until it ends. */
export interface ApiKeyOldSecretTable {
  ends_at: Date
  key_id: KeyId
  hash: Uint8Array
}

/** When a key was last used. */
export interface ApiKeyUseTable {
  last_used_at: Date
  key_id: KeyId
  account_id: AccountId
}

/** One part of an account with keys and limits of its own. */
export interface ProjectTable {
  created_at: Generated<Date>
  archived_at: Date | null
  changed_xid: GeneratedAlways<string>
  id: ProjectId
  account_id: AccountId
  name: string
  limits: Json | null
}

/** One line of the request log. `day` is `YYYY-MM-DD` in UTC, read from the id. */
export interface GenerationTable {
  day: string
  created_at: Date
  cost_nano_usd: bigint
  status: number
  latency_ms: number
  time_to_first_token_ms: number | null
  prompt_tokens: number
  completion_tokens: number
  cached_tokens: number
  cache_write_tokens: number
  cache_write_1h_tokens: number
  reasoning_tokens: number
  audio_prompt_tokens: number
  audio_completion_tokens: number
  image_prompt_tokens: number
  image_completion_tokens: number
  streamed: boolean
  id: GenerationId
  account_id: AccountId
  key_id: KeyId
  requested_model: string | null
  resolved_model: string | null
  provider: string | null
  upstream_model: string | null
  upstream_id: string | null
  routing_path: Json
  outcome: Outcome
  fault_code: FaultCode | null
  usage_source: UsageSource
  finish_reason: string | null
  price_version_id: PriceVersionId | null
  client_ip: string | null
  user_agent: string | null
  content_mode: ContentMode
  credential_id: CredentialId | null
  own_fee_parts_per_million: number | null
  upstream_nano_usd: bigint | null
  facet: number
}

/** A credential for a provider that a customer brought. Columns that say nothing of the secret but `sealed`. */
export interface OwnCredentialTable {
  created_at: Generated<Date>
  changed_at: Generated<Date>
  tested_at: Date | null
  key_version: number
  is_enabled: Generated<boolean>
  id: CredentialId
  account_id: AccountId
  provider: string
  label: string
  secret_kind: CredentialSecretKind
  last_four: string
  base_url: string | null
  protocol: ProviderProtocolName | null
  region: string | null
  use: CredentialUse
  created_by: string | null
  test_outcome: CredentialTestOutcome | null
  test_detail: string | null
  models: Json | null
  key_ids: KeyId[] | null
  sealed: Uint8Array
}

/** What lines of one account have in common. */
export interface RequestFacetTable {
  number: GeneratedAlways<number>
  status: number
  streamed: boolean
  account_id: AccountId
  key_id: KeyId
  model: string
  provider: string
  outcome: Outcome
}

/** The sealed content of one request. */
export interface GenerationContentTable {
  day: string
  created_at: Date
  key_version: number
  streamed: boolean
  id: GenerationId
  account_id: AccountId
  request: Uint8Array
  response: Uint8Array
}

/** One version of an account's data key, wrapped by a master key. */
export interface AccountKeyTable {
  account_id: AccountId
  version: number
  master_key_id: string
  wrapped: Uint8Array
  created_at: Generated<Date>
}

/** One immutable price sheet, rates as text of whole pico-dollars. */
export interface PriceVersionTable {
  id: PriceVersionId
  sheet: Json
  created_at: Generated<Date>
}

/** One moment at which an endpoint's price changed. */
export interface PriceChangeTable {
  id: GeneratedAlways<bigint>
  endpoint: string
  version_id: PriceVersionId
  effective_from: Generated<Date>
}

/** What became of one `Idempotency-Key`; `status` is null while its request is under way. */
export interface IdempotentAnswerTable {
  created_at: Generated<Date>
  expires_at: Date
  status: number | null
  key_version: number | null
  account_id: AccountId
  generation_id: GenerationId
  node_id: NodeId
  key_hash: Uint8Array
  fingerprint: Uint8Array
  headers: Json | null
  proof: Uint8Array | null
  body: Uint8Array | null
}

/** How the requests of one account went on one model of one provider in one UTC hour. */
export interface TrafficByHourTable {
  hour: Date
  request_count: bigint
  refused_count: bigint
  failed_count: bigint
  gone_count: bigint
  account_id: AccountId
  /** Empty: none was resolved. */
  model: string
  /** Empty: nobody was asked. */
  provider: string
  latency_counts: readonly bigint[]
  first_token_counts: readonly bigint[]
}

/** How one endpoint answered within five minutes. */
export interface EndpointTrafficTable {
  slot: Date
  attempt_count: bigint
  failure_count: bigint
  provider: string
  upstream_model: string
  latency_counts: readonly bigint[]
  first_token_counts: readonly bigint[]
  throughput_counts: readonly bigint[]
}

/** One response that its client may ask for again; its content is sealed. */
export interface StoredResponseTable {
  day: string
  created_at: Date
  key_version: number
  id: GenerationId
  account_id: AccountId
  item_ids: string[]
  request: Uint8Array
  response: Uint8Array
}
