import { budgetStoreConformance } from '#ports/budget-store.conformance.ts'
import { makeMemoryBudgetWorld } from '#test/ledger/budget-worlds.ts'

budgetStoreConformance('memory', makeMemoryBudgetWorld)
