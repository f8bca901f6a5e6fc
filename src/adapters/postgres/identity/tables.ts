import type { ColumnType, Generated, GeneratedAlways } from 'kysely'

import type {
  AccountId,
  EmailChangeId,
  InvitationId,
  KeyId,
  MailId,
  PasskeyId,
  PersonId,
  ProjectId,
  SessionId,
} from '#domain/identifiers.ts'
import type { AgeStatement, MemberRole, PolicyDocument } from '#domain/people.ts'
import type { SecurityEventKind } from '#domain/security-events.ts'
import type { ProofMethod, StepUpAction } from '#domain/sessions.ts'
import type { ChallengeMethod } from '#ports/auth-codes.ts'

/** The tables of people, sign-in and what belongs to them. */
export interface IdentityTables {
  person: PersonTable
  policy_acceptance: PolicyAcceptanceTable
  membership: MembershipTable
  invitation: InvitationTable
  notification_setting: NotificationSettingTable
  notification: NotificationTable
  auth_code: AuthCodeTable
  session: SessionTable
  sign_in_challenge: SignInChallengeTable
  passkey: PasskeyTable
  passkey_challenge: PasskeyChallengeTable
  email_change: EmailChangeTable
  mail: MailTable
  security_event: SecurityEventTable
  control_answer: ControlAnswerTable
}

/** Written as JSON text, read as what `JSON.parse` made of it: the reader checks it. */
type Json = ColumnType<unknown, string, string>

/** One person; `email` is canonical. */
export interface PersonTable {
  created_at: Date
  id: PersonId
  email: string
  display_name: string
  locale: string | null
  age_statement: AgeStatement | null
}

/** One version of a document that a person accepted. */
export interface PolicyAcceptanceTable {
  accepted_at: Date
  person_id: PersonId
  document: PolicyDocument
  version: string
}

/** The place of a person in an account. */
export interface MembershipTable {
  created_at: Date
  account_id: AccountId
  person_id: PersonId
  role: MemberRole
}

/** One invitation of an address to an account; `token_hash` is the SHA-256 of what accepts it. */
export interface InvitationTable {
  created_at: Date
  last_sent_at: Date
  expires_at: Date
  ended_at: Date | null
  sent_count: Generated<number>
  id: InvitationId
  account_id: AccountId
  email: string
  role: MemberRole
  invited_by: PersonId | KeyId
  token_hash: Uint8Array
}

/** What a person wants to be told about an account. */
export interface NotificationSettingTable {
  changed_at: Date
  low_balance_nano_usd: bigint | null
  error_spikes: boolean
  by_mail: boolean
  budget_percents: readonly bigint[]
  person_id: PersonId
  account_id: AccountId
}

/** Something that a person was told about an account. */
export interface NotificationTable {
  id: GeneratedAlways<bigint>
  created_at: Date
  ended_at: Date | null
  read_at: Date | null
  person_id: PersonId
  account_id: AccountId
  effect_key: string
  facts: Json
}

/** One code that an app exchanges for a key. */
export interface AuthCodeTable {
  created_at: Date
  expires_at: Date
  key_expires_at: Date | null
  account_id: AccountId
  person_id: PersonId
  key_name: string
  app_host: string | null
  project_id: ProjectId | null
  limits: Json | null
  challenge: string
  challenge_method: ChallengeMethod
  code_hash: Uint8Array
}

/** One session; `token_hash` is the SHA-256 of its token. */
export interface SessionTable {
  created_at: Date
  last_used_at: Date
  ended_at: Date | null
  stepped_up_at: Date | null
  elsewhere_told_at: Date | null
  id: SessionId
  person_id: PersonId
  authenticated_by: ProofMethod
  stepped_up_for: StepUpAction | null
  network: string | null
  device: string
  token_hash: Uint8Array
}

/** One code that was sent. */
export interface SignInChallengeTable {
  created_at: Date
  expires_at: Date
  consumed_at: Date | null
  failed_count: Generated<number>
  is_short: boolean
  from_known_network: boolean
  purpose: string
  person_id: PersonId | null
  email: string | null
  network: string
  id_hash: Uint8Array
  address_hash: Uint8Array
  code_hash: Uint8Array
}

/** One passkey of a person. */
export interface PasskeyTable {
  sign_count: bigint
  created_at: Date
  last_used_at: Date | null
  is_synced: boolean
  id: PasskeyId
  person_id: PersonId
  name: string
  transports: Json
  credential_id: Uint8Array
  public_key: Uint8Array
}

/** One ceremony with a passkey that has begun. */
export interface PasskeyChallengeTable {
  created_at: Date
  expires_at: Date
  purpose: string
  person_id: PersonId | null
  id_hash: Uint8Array
  challenge: Uint8Array
}

/** One change of a person's address. */
export interface EmailChangeTable {
  changed_at: Date
  undo_until: Date
  undone_at: Date | null
  id: EmailChangeId
  person_id: PersonId
  old_email: string
  new_email: string
  undo_hash: Uint8Array
}

/** One mail that waits. */
export interface MailTable {
  created_at: Date
  due_at: Date
  expires_at: Date
  attempt_count: Generated<number>
  id: MailId
  kind: string
  last_error: string | null
  sealed: Uint8Array
}

/** One line of the log of security events. */
export interface SecurityEventTable {
  id: GeneratedAlways<bigint>
  happened_at: Date
  kind: SecurityEventKind
  person_id: PersonId | null
  account_id: AccountId | null
  session_id: SessionId | null
  key_id: KeyId | null
  request_id: string | null
  client_ip: string | null
  device: string | null
  detail: string | null
}

/** What became of one `Idempotency-Key` of the control API. */
export interface ControlAnswerTable {
  created_at: Date
  expires_at: Date
  status: number | null
  actor_id: string
  key_hash: Uint8Array
  fingerprint: Uint8Array
  sealed: Uint8Array | null
}
