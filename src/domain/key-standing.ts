import type { Account, ApiKey } from './accounts.ts'
import type { FaultCode } from './faults.ts'

/** Why a known key may not be used now; undefined when it may. */
export function refusalOfKey(
  { key, account }: { readonly key: ApiKey; readonly account: Account },
  nowMs: number,
): FaultCode | undefined {
  if (key.revokedAt !== null) return 'revoked_api_key'
  if (key.expiresAt !== null && key.expiresAt.getTime() <= nowMs) return 'expired_api_key'
  return account.status === 'active' ? undefined : 'account_suspended'
}
