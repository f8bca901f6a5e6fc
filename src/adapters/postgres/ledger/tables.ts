import type { ColumnType, Generated, GeneratedAlways } from 'kysely'

import type { SpendOwner } from '#domain/budgets.ts'
import type {
  AccountId,
  GenerationId,
  GrantId,
  KeyId,
  LeaseId,
  NodeId,
  PriceVersionId,
} from '#domain/identifiers.ts'
import type { Book, TransactionKind } from '#domain/ledger/books.ts'
import type { GrantKind } from '#domain/ledger/grants.ts'
import type { LeaseStatus } from '#domain/ledger/leases.ts'
import type { UsageSource } from '#domain/usage.ts'

/** The tables of the ledger. Amounts are whole nano-dollars. `test/schema.test.ts` checks them. */
export interface LedgerTables {
  node: NodeTable
  ledger_transaction: LedgerTransactionTable
  ledger_entry: LedgerEntryTable
  ledger_balance: LedgerBalanceTable
  credit_grant: CreditGrantTable
  lease: LeaseTable
  usage_charge: UsageChargeTable
  usage_by_key_day: UsageByKeyDayTable
  usage_by_hour: UsageByHourTable
  budget_lease: BudgetLeaseTable
}

/** One node and the number of its newest life. */
export interface NodeTable {
  raised_at: Generated<Date>
  epoch: number
  id: NodeId
}

/** One event in one account's money. Never changed, never removed. */
export interface LedgerTransactionTable {
  id: GeneratedAlways<bigint>
  posted_at: Generated<Date>
  kind: TransactionKind
  account_id: AccountId
  lease_id: LeaseId | null
  effect_key: string
}

/** One movement in one book. Never changed, never removed. */
export interface LedgerEntryTable {
  transaction_id: bigint
  amount_nano_usd: bigint
  position: number
  book: Book
  grant_id: GrantId | null
}

/** The sums of an account's entries, one column for each book: a projection. */
export interface LedgerBalanceTable {
  available_nano_usd: Generated<bigint>
  held_nano_usd: Generated<bigint>
  stripe_clearing_nano_usd: Generated<bigint>
  promo_expense_nano_usd: Generated<bigint>
  revenue_nano_usd: Generated<bigint>
  breakage_nano_usd: Generated<bigint>
  bad_debt_nano_usd: Generated<bigint>
  dispute_nano_usd: Generated<bigint>
  /** What labelled transactions took from `available`. */
  labelled_nano_usd: Generated<bigint>
  account_id: AccountId
}

/** One grant of credit; only what is left of it changes. */
export interface CreditGrantTable {
  amount_nano_usd: bigint
  remaining_nano_usd: bigint
  created_at: Generated<Date>
  expires_at: ColumnType<Date | null, Date | null, never>
  priority: number
  is_live: GeneratedAlways<boolean>
  id: GrantId
  account_id: AccountId
  kind: GrantKind
  effect_key: string
  note: string | null
}

/** One slice of an account's credit in the hands of one life of one node. */
export interface LeaseTable {
  granted_nano_usd: Generated<bigint>
  settled_nano_usd: Generated<bigint>
  returned_nano_usd: Generated<bigint>
  opened_at: Generated<Date>
  expires_at: Date
  ended_at: Date | null
  epoch: number
  status: Generated<LeaseStatus>
  id: LeaseId
  account_id: AccountId
  node_id: NodeId
}

/** One charge: its key makes it count once, ever. Never changed, never removed. */
export interface UsageChargeTable {
  day: string
  cost_nano_usd: bigint
  settled_at: Generated<Date>
  charge_id: GenerationId
  account_id: AccountId
  lease_id: LeaseId | null
  node_id: NodeId
  price_version_id: PriceVersionId
  usage_source: UsageSource
  key_id: KeyId | null
}

/** The sums of the charges of one key on one UTC day: a projection. */
export interface UsageByKeyDayTable {
  day: string
  cost_nano_usd: bigint
  request_count: bigint
  prompt_tokens: bigint
  completion_tokens: bigint
  key_id: KeyId
  account_id: AccountId
}

/** The sums of the charges of one key on one model of one provider in one UTC hour: a projection. */
export interface UsageByHourTable {
  hour: Date
  cost_nano_usd: bigint
  request_count: bigint
  prompt_tokens: bigint
  completion_tokens: bigint
  cached_tokens: bigint
  reasoning_tokens: bigint
  account_id: AccountId
  key_id: KeyId
  /** Empty: unknown. */
  model: string
  /** Empty: unknown. */
  provider: string
}

/** What one life of one node holds of a spend limit, for charges of one day. No money. */
export interface BudgetLeaseTable {
  day: string
  granted_nano_usd: Generated<bigint>
  settled_nano_usd: Generated<bigint>
  returned_nano_usd: Generated<bigint>
  opened_at: Generated<Date>
  expires_at: Date
  ended_at: Date | null
  epoch: number
  return_number: Generated<number>
  status: Generated<LeaseStatus>
  id: LeaseId
  owner_id: SpendOwner
  node_id: NodeId
}
