import { randomBytes } from 'node:crypto'

import { describe, expect, test } from 'vitest'

import { makeKeyId } from '#domain/identifiers.ts'
import { everyRequestOf } from '#domain/request-filter.ts'
import { accountKeyStoreConformance } from '#ports/account-keys.conformance.ts'
import { accountStoreConformance, newAccount } from '#ports/accounts.conformance.ts'
import { apiKeyStoreConformance, newApiKey } from '#ports/api-keys.conformance.ts'
import { generationStoreConformance, newGeneration } from '#ports/generations.conformance.ts'
import { idempotencyStoreConformance, newAnswer, newClaim } from '#ports/idempotency.conformance.ts'
import { keyRotationConformance } from '#ports/key-rotation.conformance.ts'
import {
  newOwnCredential,
  ownCredentialStoreConformance,
} from '#ports/own-credentials.conformance.ts'
import { newPriceVersion, priceBookConformance } from '#ports/price-book.conformance.ts'
import { newProject, projectStoreConformance } from '#ports/projects.conformance.ts'
import { requestSearchConformance } from '#ports/request-search.conformance.ts'
import { StoreUnavailable } from '#ports/store-error.ts'
import {
  newSealedResponse,
  storedResponseStoreConformance,
} from '#ports/stored-responses.conformance.ts'
import { usageStoreConformance } from '#ports/usage-store.conformance.ts'
import { databaseKinds, makeDatabase, useDatabase } from '#test/database/database-fixture.ts'

import { makePostgresAccountKeyStore } from './account-keys.ts'
import { makePostgresAccountStore } from './accounts.ts'
import { makePostgresApiKeyStore } from './api-keys.ts'
import { makePostgresGenerationStore } from './generations.ts'
import { makePostgresIdempotencyStore } from './idempotency.ts'
import { makePostgresLedgerStore } from './ledger/store.ts'
import { makePostgresOwnCredentialStore } from './own-credentials.ts'
import { makePostgresPriceBook } from './price-book.ts'
import { makePostgresProjectStore } from './projects.ts'
import { makePostgresStoredResponseStore } from './stored-responses.ts'
import { makePostgresUsageStore } from './usage-store.ts'

describe.each(databaseKinds)('%s database', (kind) => {
  const opened = useDatabase(kind)
  const accounts = () => makePostgresAccountStore(opened().db)

  accountStoreConformance(kind, async () => accounts())
  apiKeyStoreConformance(kind, async () => ({
    accounts: accounts(),
    apiKeys: makePostgresApiKeyStore(opened().db),
  }))
  generationStoreConformance(kind, async () => makePostgresGenerationStore(opened().db))
  accountKeyStoreConformance(kind, async () => ({
    accounts: accounts(),
    accountKeys: makePostgresAccountKeyStore(opened().db),
  }))
  idempotencyStoreConformance(kind, async () => makePostgresIdempotencyStore(opened().db))
  priceBookConformance(kind, async () => makePostgresPriceBook(opened().db))
  projectStoreConformance(kind, async () => ({
    accounts: accounts(),
    apiKeys: makePostgresApiKeyStore(opened().db),
    projects: makePostgresProjectStore(opened().db),
  }))
  ownCredentialStoreConformance(kind, async () => ({
    accounts: accounts(),
    apiKeys: makePostgresApiKeyStore(opened().db),
    credentials: makePostgresOwnCredentialStore(opened().db),
  }))
  keyRotationConformance(kind, async () => ({
    accounts: accounts(),
    apiKeys: makePostgresApiKeyStore(opened().db),
  }))
  requestSearchConformance(kind, async () => makePostgresGenerationStore(opened().db))
  usageStoreConformance(kind, async () => ({
    usage: makePostgresUsageStore(opened().db),
    ledger: makePostgresLedgerStore(opened()),
    generations: makePostgresGenerationStore(opened().db),
  }))
  storedResponseStoreConformance(kind, async () => makePostgresStoredResponseStore(opened().db))
})

test('every operation of every store says so when the database is out of reach', async () => {
  const { database, drop } = await makeDatabase('server')
  await drop()
  const { db } = database
  const { id, ...account } = newAccount()
  const generation = newGeneration()
  const bytes = Uint8Array.from(randomBytes(32))
  const content = {
    id: generation.id,
    accountId: id,
    createdAtMs: 0,
    streamed: true,
    keyVersion: 1,
  }
  const accounts = makePostgresAccountStore(db)
  const apiKeys = makePostgresApiKeyStore(db)
  const generations = makePostgresGenerationStore(db)
  const accountKeys = makePostgresAccountKeyStore(db)
  const prices = makePostgresPriceBook(db)
  const idempotency = makePostgresIdempotencyStore(db)
  const claim = newClaim()
  const projects = makePostgresProjectStore(db)
  const project = newProject(id)
  const credentials = makePostgresOwnCredentialStore(db)
  const credential = newOwnCredential(id)
  const usage = makePostgresUsageStore(db)
  const period = { accountId: id, fromMs: 0, untilMs: 1, interval: 'hour' } as const
  const responses = makePostgresStoredResponseStore(db)
  const response = newSealedResponse()
  const list = { accountId: null, model: null, outcome: null, limit: 1, after: null }
  const operations: (() => Promise<unknown>)[] = [
    () => accounts.create({ id, ...account }),
    () => accounts.find(id),
    () => accounts.list({ limit: 1, after: null }),
    () => accounts.setStatus({ id, status: 'closed', reason: null, actorKeyId: null }),
    () => accounts.setContentMode(id, 'none'),
    () => accounts.statusHistory(id),
    () => apiKeys.create(newApiKey(id)),
    () => apiKeys.findByHash(bytes),
    () => apiKeys.list(id),
    () => apiKeys.hashesOf(id),
    () => apiKeys.revoke(makeKeyId(randomBytes)),
    () => apiKeys.changedSince(null),
    () => apiKeys.update(makeKeyId(randomBytes), { name: 'x' }),
    () =>
      apiKeys.rotate({
        ...{ id: makeKeyId(randomBytes), prefix: 'cl_k', lastFour: 'abcd', hash: bytes },
        oldSecretsEndAt: new Date(),
      }),
    () => projects.create(project),
    () => projects.find(project.id),
    () => projects.list(id),
    () => projects.update(project.id, { name: 'x' }),
    () => projects.archive(project.id),
    () => credentials.create(credential),
    () => credentials.find(id, credential.id),
    () => credentials.list(id),
    () => credentials.listSealed(id),
    () => credentials.update(id, credential.id, { isEnabled: false }),
    () =>
      credentials.noteTest(id, credential.id, { at: new Date(), outcome: 'works', detail: 'x' }),
    () => credentials.remove(id, credential.id),
    () => usage.lastUses(id),
    () => generations.insert([generation]),
    () => generations.insertContent([{ ...content, request: bytes, response: bytes }]),
    () => generations.find(generation.id, null),
    () => generations.findContent(generation.id, id),
    () => generations.findAll([generation.id], id),
    () => generations.list(list),
    () =>
      generations.search({
        ...{ filter: everyRequestOf(id), order: 'time', isRising: false, after: null, limit: 1 },
      }),
    () => usage.usage({ ...period, groupBy: 'none', keyIds: null, models: null, providers: null }),
    () => usage.traffic(period),
    () => usage.endpoints(0),
    () => usage.forgetEndpoints(0),
    () => generations.charges({ fromMs: 0, toMs: 1, after: null, limit: 1 }),
    () => accountKeys.findNewest(id),
    () => accountKeys.find(id, 1),
    () => accountKeys.putIfAbsent({ accountId: id, version: 1, masterKeyId: 'a', wrapped: bytes }),
    () => prices.record([{ endpoint: 'a/b@c', version: newPriceVersion() }]),
    () => prices.find('price_a'),
    () => prices.history(null),
    () => idempotency.claim(claim),
    () => idempotency.keep({ ...claim, answer: newAnswer(claim) }),
    () => idempotency.release(claim),
    () => idempotency.removeExpired(),
    () => idempotency.erase(id),
    () => responses.insert([response]),
    () => responses.find(response.id, id),
    () => responses.findByItems({ accountId: id, itemIds: ['a'], limit: 1 }),
    () => responses.remove(response.id, id),
    () => responses.removeOlderThan(0),
    () => responses.erase(id),
  ]
  for (const operation of operations) {
    await expect(operation()).rejects.toBeInstanceOf(StoreUnavailable)
  }
})
