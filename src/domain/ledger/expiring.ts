import { largerNanoUsd, nanoUsd, smallerNanoUsd, zeroNanoUsd } from '#domain/money.ts'

import type { AccountState } from './accounts.ts'
import { compareGrants, isExpired } from './grants.ts'
import { effectKeys, type LedgerTransaction, makeTransaction, plainEntry } from './transactions.ts'

/**
 * Moves what is left of expired grants to breakage, except what nodes hold. Held money will be spent
 * from the grants in their order, so it covers the first grants of that order, expired or not; what of an
 * expired grant lies beyond is over. The covered part follows when it has been given back.
 *
 * The sum never exceeds `available`: what all grants have left beyond `held` is `available`.
 */
export function expiryTransactions(account: AccountState, nowMs: number): LedgerTransaction[] {
  const transactions: LedgerTransaction[] = []
  let heldBeyond = largerNanoUsd(account.heldNanoUsd, zeroNanoUsd)
  for (const grant of account.grants.toSorted(compareGrants)) {
    const covered = smallerNanoUsd(heldBeyond, grant.remainingNanoUsd)
    heldBeyond = nanoUsd(heldBeyond - covered)
    const over = nanoUsd(grant.remainingNanoUsd - covered)
    if (over === 0n || !isExpired(grant, nowMs)) continue
    transactions.push(
      makeTransaction({
        effectKey: effectKeys.expiry(grant.id, covered),
        kind: 'expiry',
        accountId: account.accountId,
        leaseId: null,
        entries: [
          { book: 'available', amountNanoUsd: nanoUsd(-over), grantId: grant.id },
          plainEntry('breakage', over),
        ],
      }),
    )
  }
  return transactions
}
