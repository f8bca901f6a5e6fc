import { assert } from '#domain/faults.ts'
import type { GrantId } from '#domain/identifiers.ts'
import { nanoUsd, smallerNanoUsd } from '#domain/money.ts'

import { type AccountState, debtOf } from './accounts.ts'
import type { Book } from './books.ts'
import { findGrantMistake, type GrantKind, type ProposedGrant } from './grants.ts'
import { type LedgerTransaction, makeTransaction, plainEntry } from './transactions.ts'

/** The book that pays for each kind of credit. */
const sourceBook: Readonly<Record<GrantKind, Book>> = {
  paid: 'stripe_clearing',
  promotional: 'promo_expense',
  trial: 'promo_expense',
}

/**
 * Adds a grant's credit to `available`. What the account owes is paid first: that part never belongs to
 * the grant, so the sum of what is left of all grants stays what the account can spend.
 */
export function grantTransaction(
  grant: ProposedGrant & { readonly id: GrantId; readonly kind: GrantKind },
  account: Omit<AccountState, 'grants'>,
): LedgerTransaction {
  const mistake = findGrantMistake(grant)
  assert(mistake === undefined, `a grant reached the ledger unchecked: ${mistake}`)
  const paidOff = smallerNanoUsd(grant.amountNanoUsd, debtOf(account))
  const rest = nanoUsd(grant.amountNanoUsd - paidOff)
  return makeTransaction({
    effectKey: grant.effectKey,
    kind: 'grant',
    accountId: grant.accountId,
    leaseId: null,
    entries: [
      plainEntry(sourceBook[grant.kind], -grant.amountNanoUsd),
      plainEntry('available', paidOff),
      { book: 'available', amountNanoUsd: rest, grantId: grant.id },
    ],
  })
}
