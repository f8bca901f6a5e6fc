import { describe } from 'vitest'

import { budgetStoreConformance } from '#ports/budget-store.conformance.ts'
import { projectBudgetConformance } from '#ports/project-budgets.conformance.ts'
import { databaseKinds, useDatabase } from '#test/database/database-fixture.ts'
import { makePostgresBudgetWorld } from '#test/ledger/budget-worlds.ts'

describe.each(databaseKinds)('%s database', (kind) => {
  budgetStoreConformance(kind, makePostgresBudgetWorld(useDatabase(kind)))
  projectBudgetConformance(kind, makePostgresBudgetWorld(useDatabase(kind)))
})
