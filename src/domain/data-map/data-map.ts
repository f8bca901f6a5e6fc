import { accountTables } from './accounts.ts'
import type { StreamMap, TableMap } from './data-rule.ts'
import { identityTables } from './identity.ts'
import { ledgerTables } from './ledger.ts'
import { priceTables } from './prices.ts'
import { requestLogTables } from './request-log.ts'
import { streams } from './streams.ts'

/**
 * The data map: what every column of every table, and every stream beside the database, is for; how long
 * it is kept; what becomes of it on erasure; who receives it. A test fails when a column is missing here
 * or when one stands here that does not exist.
 */
export const dataMap: { readonly tables: TableMap; readonly streams: StreamMap } = {
  tables: {
    ...accountTables,
    ...identityTables,
    ...requestLogTables,
    ...priceTables,
    ...ledgerTables,
  },
  streams,
}
