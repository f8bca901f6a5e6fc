import { ledgerStoreConformance } from '#ports/ledger-store.conformance.ts'
import { makeMemoryLedgerWorld } from '#test/ledger/memory-world.ts'

ledgerStoreConformance('memory', async () => makeMemoryLedgerWorld())
