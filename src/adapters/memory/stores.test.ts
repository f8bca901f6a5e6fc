import { accountKeyStoreConformance } from '#ports/account-keys.conformance.ts'
import { accountStoreConformance } from '#ports/accounts.conformance.ts'
import { apiKeyStoreConformance } from '#ports/api-keys.conformance.ts'
import { generationStoreConformance } from '#ports/generations.conformance.ts'
import { idempotencyStoreConformance } from '#ports/idempotency.conformance.ts'
import { priceBookConformance } from '#ports/price-book.conformance.ts'
import { requestSearchConformance } from '#ports/request-search.conformance.ts'
import { usageStoreConformance } from '#ports/usage-store.conformance.ts'

import { makeMemoryAccountKeyStore } from './account-keys.ts'
import { makeMemoryDirectory } from './directory.ts'
import { makeMemoryGenerationStore } from './generations.ts'
import { makeMemoryIdempotencyStore } from './idempotency.ts'
import { makeLedgerModel } from './ledger-model.ts'
import { makeMemoryLedgerStore } from './ledger.ts'
import { makeMemoryPriceBook } from './price-book.ts'
import { makeMemoryUsageStore, TrafficBook } from './usage-store.ts'

accountStoreConformance('memory', async () => makeMemoryDirectory(Date.now).accounts)
apiKeyStoreConformance('memory', async () => makeMemoryDirectory(Date.now))
generationStoreConformance('memory', async () => makeMemoryGenerationStore())
accountKeyStoreConformance('memory', async () => ({
  accounts: makeMemoryDirectory(Date.now).accounts,
  accountKeys: makeMemoryAccountKeyStore(),
}))
priceBookConformance('memory', async () => makeMemoryPriceBook(Date.now))
idempotencyStoreConformance('memory', async () => makeMemoryIdempotencyStore(Date.now))
requestSearchConformance('memory', async () => makeMemoryGenerationStore())
usageStoreConformance('memory', async () => {
  const traffic = new TrafficBook()
  const model = makeLedgerModel({
    nowMs: Date.now,
    findAccountStatus: () => 'active',
    onRecall: () => undefined,
  })
  return {
    usage: makeMemoryUsageStore({ ledger: model, traffic }),
    ledger: makeMemoryLedgerStore(model),
    generations: makeMemoryGenerationStore(traffic),
  }
})
