import type { Database } from '#adapters/postgres/database.ts'
import { accountsExpiredPerTransactionMax, leasesClosedPerTransactionMax } from '#domain/limits.ts'
import type { LedgerStore } from '#ports/ledger-store.ts'

import { readBalance, readStatement } from './accounts.ts'
import { expireGrants } from './expiry.ts'
import { grantCredit, listGrants } from './grants.ts'
import { lend, renew } from './lend.ts'
import { raiseEpoch, requestRecall } from './nodes.ts'
import { settleBatch } from './settle.ts'
import { closeOldLeases, giveBack, reclaimExpired } from './take-back.ts'
import { verify } from './verify.ts'

/** The ledger in PostgreSQL, embedded or not. Each operation owns its transactions. */
export function makePostgresLedgerStore({ db, patientDb }: Database): LedgerStore {
  return {
    raiseEpoch: (nodeId) => raiseEpoch(db, nodeId),
    lease: (request) => lend(db, request),
    renew: (request) => renew(db, request),
    giveBack: (request) => giveBack(db, request),
    requestRecall: (accountId) => requestRecall(db, accountId),
    settle: (charges) => settleBatch(db, charges),
    closeOldLeases: (nodeId, epoch) =>
      closeOldLeases(db, { nodeId, epoch, batchMax: leasesClosedPerTransactionMax }),
    reclaimExpired: (graceMs) =>
      reclaimExpired(db, { graceMs, batchMax: leasesClosedPerTransactionMax }),
    grant: (grant) => grantCredit(db, grant),
    expireGrants: () => expireGrants(db, accountsExpiredPerTransactionMax),
    grants: (accountId) => listGrants(db, accountId),
    balance: (accountId) => readBalance(db, accountId),
    statement: (accountId, limit) => readStatement(db, accountId, limit),
    verify: () => verify(patientDb),
  }
}
