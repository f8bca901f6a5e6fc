import { expireGrantsIntervalMs, ledgerVerifyIntervalMs } from '#domain/limits.ts'
import type { LedgerStore } from '#ports/ledger-store.ts'

import type { Job } from './jobs.ts'
import type { Log } from './log.ts'

/** The books' own upkeep: ends expired grants, and raises an alarm for each nano-dollar astray. */
export function ledgerJobs(
  ledger: Pick<LedgerStore, 'expireGrants' | 'verify'>,
  log: Log,
): readonly Job[] {
  return [
    {
      name: 'expire_grants',
      everyMs: expireGrantsIntervalMs,
      run: async () => {
        const count = await ledger.expireGrants()
        if (count > 0) log.info('grants_expired', { count })
      },
    },
    {
      name: 'verify_ledger',
      everyMs: ledgerVerifyIntervalMs,
      run: async () => {
        const differences = await ledger.verify()
        for (const difference of differences) log.alarm('ledger_difference', { ...difference })
        if (differences.length === 0) log.info('ledger_balanced')
      },
    },
  ]
}
