import { describe } from 'vitest'

import { ledgerStoreConformance } from '#ports/ledger-store.conformance.ts'
import { databaseKinds, useDatabase } from '#test/database/database-fixture.ts'
import { makePostgresLedgerWorld } from '#test/ledger/postgres-world.ts'

describe.each(databaseKinds)('%s database', (kind) => {
  ledgerStoreConformance(kind, makePostgresLedgerWorld(useDatabase(kind)))
})
