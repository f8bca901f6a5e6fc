import type { AccountId } from '#domain/identifiers.ts'
import { largerNanoUsd, type NanoUsd, nanoUsd, zeroNanoUsd } from '#domain/money.ts'

import type { GrantState } from './grants.ts'

/**
 * What the rules need to know of one account's money, read under the account's lock. `grants` are those
 * with something left, in any order, expired ones included.
 */
export interface AccountState {
  readonly accountId: AccountId
  readonly availableNanoUsd: NanoUsd
  readonly heldNanoUsd: NanoUsd
  readonly grants: readonly GrantState[]
}

/** What the account owes: by how much it spent more than it was ever granted. Zero or above. */
export function debtOf(account: Omit<AccountState, 'grants'>): NanoUsd {
  return largerNanoUsd(zeroNanoUsd, nanoUsd(-account.availableNanoUsd - account.heldNanoUsd))
}
