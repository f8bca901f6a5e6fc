/**
 * What a piece of stored data is, in the words of the privacy policy ("Information we collect").
 * `operational` is data about this installation and about no person.
 */
export type DataCategory =
  | 'account'
  | 'authentication'
  | 'billing'
  | 'usage'
  | 'content'
  | 'technical'
  | 'support'
  | 'operational'

/** What it is used for, in the words of the privacy policy ("How we use information"). */
export type Purpose =
  | 'administer_accounts'
  | 'deliver_requests'
  | 'calculate_usage_and_bill'
  | 'process_credit_and_payments'
  | 'detect_abuse'
  | 'secure_and_debug'
  | 'answer_support'
  | 'comply_with_law'
  | 'operate_installation'

/** Why processing it is lawful (GDPR, Article 6). `not_personal`: the question does not arise. */
export type LegalBasis =
  | 'contract'
  | 'legal_obligation'
  | 'legitimate_interest'
  | 'consent'
  | 'not_personal'

/** How long it is kept, by name, so that a period is set in one place; see `retentionPeriods`. */
export type RetentionName =
  | 'account_life'
  | 'content'
  | 'repeatable_answer'
  | 'request_log'
  | 'network_address'
  | 'security_log'
  | 'session'
  | 'sign_in_challenge'
  | 'waiting_mail'
  | 'invitation'
  | 'notification'
  | 'auth_code'
  | 'application_log'
  | 'journal'
  | 'books'
  | 'price_history'
  | 'installation_life'
  | 'until_first_use'

/**
 * What happens to it when its account is erased. `delete`: the row or value goes; `shred`: the key that
 * opens it goes first, then the row; `detach`: the row stays, and what it refers to is gone or has no
 * person left in it; `keep`: it stays as it is, because a law or another's right demands it, or because
 * it is about no person.
 */
export type EraseAction = 'delete' | 'shred' | 'detach' | 'keep'

/**
 * Who else may receive it in the ordinary course, in the words of the privacy policy ("How we disclose
 * information"). Advisors, authorities and counterparties may receive anything where the policy says so;
 * they are named there once instead of here everywhere.
 */
export type Recipient = 'infrastructure' | 'payment_processors' | 'model_providers'

/** Everything there is to say about one column or stream. */
export interface DataRule {
  readonly category: DataCategory
  readonly purposes: readonly Purpose[]
  readonly legalBasis: LegalBasis
  readonly retention: RetentionName
  /** Part of what a person gets who asks for a copy of their data. Never true of secrets. */
  readonly exportable: boolean
  readonly erase: EraseAction
  readonly recipients: readonly Recipient[]
}

/** The rules of one table, by column. */
export type TableRules = Readonly<Record<string, DataRule>>

/** The rules of some tables, by name. */
export type TableMap = Readonly<Record<string, TableRules>>

/** A place outside the database where data rests: a file, or what a process writes. */
export interface StreamRule extends DataRule {
  /** Where it is, for the person who runs the installation. */
  readonly place: string
  /** What it holds. */
  readonly holds: string
}

/** The rules of the streams, by name. */
export type StreamMap = Readonly<Record<string, StreamRule>>

/** One retention period. `days` is null where an event ends it, which `until` names. */
export interface RetentionPeriod {
  readonly days: number | null
  readonly until: string
}

/** Every retention period of the product. */
export const retentionPeriods: Readonly<Record<RetentionName, RetentionPeriod>> = {
  account_life: { days: null, until: 'the account is erased, at most 30 days after it was closed' },
  content: { days: 30, until: 'the request is 30 days old' },
  repeatable_answer: { days: 1, until: 'the answer is 24 hours old' },
  request_log: { days: 396, until: 'the request is 13 months old' },
  network_address: { days: 30, until: 'the request is 30 days old; then only the network part' },
  security_log: { days: 365, until: 'the event is 12 months old' },
  session: { days: 30, until: 'the session ended 30 days ago' },
  sign_in_challenge: { days: 31, until: 'no limit of guesses counts it any more, after 31 days' },
  waiting_mail: { days: 3, until: 'it was sent, or is of no use any more, at most 3 days' },
  invitation: { days: 30, until: 'it was accepted, withdrawn or ran out 30 days ago' },
  notification: { days: 90, until: 'what it tells of was over 90 days ago' },
  auth_code: { days: 1, until: 'it was exchanged, or is ten minutes old and the next purge comes' },
  application_log: { days: 30, until: 'the line is 30 days old, by the log system that keeps it' },
  journal: { days: null, until: 'the charge is settled and its segment is full, usually minutes' },
  books: { days: 3_653, until: 'the entry is 10 years old, as tax law demands' },
  price_history: { days: null, until: 'the installation ends: old charges refer to it' },
  installation_life: { days: null, until: 'the installation ends' },
  until_first_use: { days: null, until: 'the operator has what it is for and removes it' },
}
