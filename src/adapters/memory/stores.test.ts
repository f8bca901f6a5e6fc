import { accountKeyStoreConformance } from '#ports/account-keys.conformance.ts'
import { accountStoreConformance } from '#ports/accounts.conformance.ts'
import { apiKeyStoreConformance } from '#ports/api-keys.conformance.ts'
import { generationStoreConformance } from '#ports/generations.conformance.ts'
import { idempotencyStoreConformance } from '#ports/idempotency.conformance.ts'
import { priceBookConformance } from '#ports/price-book.conformance.ts'

import { makeMemoryAccountKeyStore } from './account-keys.ts'
import { makeMemoryDirectory } from './directory.ts'
import { makeMemoryGenerationStore } from './generations.ts'
import { makeMemoryIdempotencyStore } from './idempotency.ts'
import { makeMemoryPriceBook } from './price-book.ts'

accountStoreConformance('memory', async () => makeMemoryDirectory(Date.now).accounts)
apiKeyStoreConformance('memory', async () => makeMemoryDirectory(Date.now))
generationStoreConformance('memory', async () => makeMemoryGenerationStore())
accountKeyStoreConformance('memory', async () => ({
  accounts: makeMemoryDirectory(Date.now).accounts,
  accountKeys: makeMemoryAccountKeyStore(),
}))
priceBookConformance('memory', async () => makeMemoryPriceBook(Date.now))
idempotencyStoreConformance('memory', async () => makeMemoryIdempotencyStore(Date.now))
