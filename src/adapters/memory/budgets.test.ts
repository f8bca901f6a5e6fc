import { budgetStoreConformance } from '#ports/budget-store.conformance.ts'
import { projectBudgetConformance } from '#ports/project-budgets.conformance.ts'
import { makeMemoryBudgetWorld } from '#test/ledger/budget-worlds.ts'

budgetStoreConformance('memory', makeMemoryBudgetWorld)
projectBudgetConformance('memory', makeMemoryBudgetWorld)
