import type { Account } from '#domain/accounts.ts'
import { Fault } from '#domain/faults.ts'

/** Throws for an account that is not there, or whose deletion has begun: that cannot be undone here. */
export function refuseClosed(account: Account | undefined): void {
  if (account === undefined) throw new Fault('account_not_found')
  if (account.status === 'closing' || account.status === 'closed') {
    const detail = `This account is ${account.status}; its status can no longer be changed.`
    throw new Fault('conflict', { details: { detail } })
  }
}
