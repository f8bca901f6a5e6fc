import { hash, randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import { makeMemoryAccountKeyStore } from '#adapters/memory/account-keys.ts'
import { makeMemoryAuthCodeStore } from '#adapters/memory/auth-codes.ts'
import { makeMemoryDirectory } from '#adapters/memory/directory.ts'
import { makeMemoryGenerationStore } from '#adapters/memory/generations.ts'
import { makeLedgerState } from '#adapters/memory/ledger-state.ts'
import { makeMemoryPeopleStore } from '#adapters/memory/people.ts'
import { makeMemoryStoredResponseStore } from '#adapters/memory/stored-responses.ts'
import { makeMemoryUsageStore, TrafficBook } from '#adapters/memory/usage-store.ts'
import { type OutboundRules, publicHttpsOnly } from '#adapters/outbound/outbound-guard.ts'
import { createUndiciUpstream } from '#adapters/upstream/undici-upstream.ts'
import { createContentVault } from '#adapters/vault/content-vault.ts'
import { createCredentialVault } from '#adapters/vault/credential-vault.ts'
import { makeMasterKey } from '#adapters/vault/master-key.ts'
import { type ContentMode, type KeyKind, type KeyScope, usualKeyScopes } from '#domain/accounts.ts'
import type {
  Catalogue,
  Endpoint,
  Model,
  OwnCredentialPolicy,
  Provider,
} from '#domain/catalogue.ts'
import { assert, Fault } from '#domain/faults.ts'
import type { GenerationRecord } from '#domain/generation.ts'
import {
  makeAccountId,
  makeKeyId,
  type AccountId,
  type KeyId,
  type ProjectId,
} from '#domain/identifiers.ts'
import { makeApiKey } from '#domain/keys.ts'
import { nanoUsd, picoUsd } from '#domain/money.ts'
import type { CredentialSecret, OwnCredential } from '#domain/own-credentials.ts'
import type { PriceRates } from '#domain/prices.ts'
import { sumByWindow } from '#domain/spend-windows.ts'
import { createContentQueue } from '#gateway/content-queue.ts'
import type { GatewayLimits } from '#gateway/gateway-limits.ts'
import { guardedScheme } from '#gateway/house.ts'
import { attachHttpLimits, httpServerOptions } from '#gateway/http-limits.ts'
import { createKeyDirectory } from '#gateway/key-directory.ts'
import { credentialReader } from '#gateway/own/read-credentials.ts'
import { createResponseShelf } from '#gateway/responses/response-shelf.ts'
import { createGateway, type Gateway, type GatewayParts } from '#gateway/serve.ts'
import type { ApiKeyStore } from '#ports/api-keys.ts'
import type { Clock } from '#ports/clock.ts'
import { newOwnCredential } from '#ports/own-credentials.conformance.ts'
import type { NewOwnCredential } from '#ports/own-credentials.ts'
import { SigningError } from '#ports/request-signer.ts'
import type { Tokenizer } from '#ports/tokenizer.ts'
import { until } from '#test/server/until.ts'

import { makeCountingCredit, type CountingCredit } from './counting-credit.ts'

/** A customer of the world under test. */
export interface Customer {
  readonly accountId: AccountId
  readonly keyId: KeyId
  readonly secret: string
}

/** A response whose JSON a test reads as what it expects; a wrong guess fails its assertion. */
export interface ChatResponse extends Omit<Response, 'json'> {
  readonly json: () => Promise<ReturnType<typeof JSON.parse>>
}

/** What a customer is to be; the rest is usual. */
export interface CustomerWish {
  readonly kind?: KeyKind
  readonly contentMode?: ContentMode
  readonly expiresAt?: Date | null
  readonly scopes?: readonly KeyScope[]
}

/** A running data plane with everything around it in memory, and the real upstream transport. */
export interface GatewayWorld {
  readonly url: string
  readonly port: number
  readonly gateway: Gateway
  /** What the gateway was made of: another one of them is another node. */
  readonly parts: GatewayParts
  readonly server: Server
  readonly credit: CountingCredit
  readonly customer: Customer
  readonly stores: ReturnType<typeof makeMemoryDirectory>
  readonly people: ReturnType<typeof makeMemoryPeopleStore>
  readonly authCodes: ReturnType<typeof makeMemoryAuthCodeStore>
  readonly events: { level: 'warn' | 'alarm'; event: string; details: unknown }[]
  readonly addCustomer: (wish?: CustomerWish) => Promise<Customer>
  /** Another key of an account, in one of its projects; its secret. */
  readonly addKey: (accountId: AccountId, projectId: ProjectId) => Promise<string>
  /** A credential of the customer's own, known from now on. */
  readonly addCredential: (
    secret: CredentialSecret,
    more?: Partial<NewOwnCredential>,
  ) => Promise<OwnCredential>
  /** POST to the chat address as the customer; members of `init` win. */
  readonly chat: (body: unknown, init?: RequestInit) => Promise<ChatResponse>
  /** The only record of the request with this answer, once it is there. */
  readonly recordOf: (id: string | null) => Promise<GenerationRecord>
  readonly close: () => Promise<void>
}

/** What differs from the usual world. */
export interface WorldOptions {
  readonly providers: readonly (Partial<Provider> & { baseUrl: string })[]
  readonly limits?: Partial<GatewayLimits>
  /** What every provider calls the model; otherwise each has a name of its own. */
  readonly upstreamModel?: string
  readonly prices?: Partial<PriceRates>
  readonly model?: Partial<Model>
  readonly tokenizer?: Tokenizer
  readonly trustedProxies?: readonly string[]
  readonly wrapKeyStore?: (store: ApiKeyStore) => ApiKeyStore
  readonly balanceUsd?: number
  readonly contentMode?: ContentMode
  readonly idempotency?: GatewayParts['idempotency']
  readonly answerBookLimits?: GatewayParts['answerBookLimits']
  /** What is charged with credentials of customers' own. */
  readonly ownCredentials?: OwnCredentialPolicy
  /** Where servers of customers' own may be; otherwise on the public internet alone. */
  readonly ownRules?: OutboundRules
}

/** The machine's own time. */
export const realClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after: (delayMs, call) => {
    const timer = setTimeout(call, delayMs)
    timer.unref()
    return () => clearTimeout(timer)
  },
}

/** Nobody settles anything in a ledger here. */
const noWorld = { nowMs: Date.now, findAccountStatus: () => undefined, onRecall: () => undefined }

/** Counts a token for each four letters: enough to see that counting was done. */
const quarterTokenizer: Tokenizer = {
  count: (texts) => Promise.resolve(texts.map((text) => Math.ceil(text.length / 4))),
}

/** Starts one. The first provider serves `test/model` (alias `model-alias`); all of them, in order. */
export async function startGatewayWorld(options: WorldOptions): Promise<GatewayWorld> {
  const clock = realClock
  const stores = makeMemoryDirectory(clock.nowMs)
  const events: GatewayWorld['events'] = []
  const log = {
    warn: (event: string, details?: unknown) => void events.push({ level: 'warn', event, details }),
    alarm: (event: string, details?: unknown) =>
      void events.push({ level: 'alarm', event, details }),
  }
  const traffic = new TrafficBook()
  const generations = makeMemoryGenerationStore(traffic)
  const vault = createContentVault({
    masterKeys: { current: makeMasterKey(randomBytes(32)), older: [] },
    accountKeys: makeMemoryAccountKeyStore(),
    clock,
    randomBytes,
  })
  const credit = makeCountingCredit(nanoUsd(BigInt(Math.round((options.balanceUsd ?? 5) * 1e9))))
  const keyStore = options.wrapKeyStore?.(stores.apiKeys) ?? stores.apiKeys
  const credentialVault = createCredentialVault({
    ...{ accountKeys: makeMemoryAccountKeyStore(), clock, randomBytes },
    masterKeys: { current: makeMasterKey(randomBytes(32)), older: [] },
  })
  const { credentials } = stores
  const readCredentials = credentialReader({ credentials, vault: credentialVault, log })
  const keys = createKeyDirectory({ store: keyStore, clock, log, readCredentials })
  await keys.start().catch(() => undefined)
  const people = makeMemoryPeopleStore(stores.accounts)
  const authCodes = makeMemoryAuthCodeStore(people)
  const upstream = createUndiciUpstream()
  const parts: GatewayParts = {
    catalogue: makeCatalogue(options),
    credit,
    keys,
    keyStore,
    authCodes,
    generations,
    ledger: {
      balance: async (accountId) => ({
        availableNanoUsd: credit.balance(accountId),
        heldNanoUsd: nanoUsd(0n),
        spentNanoUsd: nanoUsd(1_250_000_000n),
        grantedNanoUsd: nanoUsd(5_000_000_000n),
      }),
    },
    budgets: { spent: async (_, day) => sumByWindow(day, []) },
    usage: makeMemoryUsageStore({ ledger: { state: makeLedgerState(noWorld) }, traffic }),
    vault,
    contentQueue: createContentQueue({ vault, generations, clock, log }),
    shelf: createResponseShelf({ store: makeMemoryStoredResponseStore(), vault, clock, log }),
    upstreams: {
      ...{ 'http:': upstream, 'https:': upstream },
      [guardedScheme]: createUndiciUpstream({ rules: options.ownRules ?? publicHttpsOnly }),
    },
    signer: { sign: () => Promise.reject(new SigningError('no test signs anything here')) },
    media: { fetch: () => Promise.reject(new Fault('image_download_failed')) },
    tokenizer: options.tokenizer ?? quarterTokenizer,
    clock,
    randomBytes: (length) => randomBytes(length),
    log,
    limits: options.limits ?? {},
    trustedProxies: options.trustedProxies ?? [],
    isReady: () => true,
    userAgent: 'codelace/test',
    ...(options.idempotency && { idempotency: options.idempotency }),
    ...(options.answerBookLimits && { answerBookLimits: options.answerBookLimits }),
  }
  const gateway = createGateway(parts)
  const server = createServer(httpServerOptions, gateway.handle)
  attachHttpLimits(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`

  async function addCustomer(wish: CustomerWish = {}): Promise<Customer> {
    const { kind = 'inference', contentMode = 'metadata', expiresAt = null } = wish
    const { scopes = usualKeyScopes } = wish
    const accountId = makeAccountId(randomBytes)
    const keyId = makeKeyId(randomBytes)
    const secret = makeApiKey(kind, randomBytes)
    const role = kind === 'operator' ? 'operator' : 'customer'
    await stores.accounts.create({
      ...{ id: accountId, role, displayName: 'A customer', email: null, contentMode },
    })
    await stores.apiKeys.create({
      ...{ id: keyId, accountId, kind, name: 'test', prefix: secret.slice(0, 4), expiresAt },
      ...{ lastFour: secret.slice(-4), contentMode: null, limits: null, hash: sha256(secret) },
      ...{ scopes, projectId: null, createdBy: null },
    })
    return { accountId, keyId, secret }
  }

  async function addKey(accountId: AccountId, projectId: ProjectId): Promise<string> {
    const secret = makeApiKey('inference', randomBytes)
    await stores.apiKeys.create({
      ...{ id: makeKeyId(randomBytes), accountId, kind: 'inference', name: 'test' },
      ...{ prefix: secret.slice(0, 4), lastFour: secret.slice(-4), hash: sha256(secret) },
      ...{ contentMode: null, limits: null, expiresAt: null, createdBy: null },
      ...{ scopes: usualKeyScopes, projectId },
    })
    return secret
  }

  const addCredential: GatewayWorld['addCredential'] = async (secret, more = {}) => {
    const given = newOwnCredential(customer.accountId, { secretKind: secret.kind, ...more })
    const sealed = await credentialVault.seal(given, secret)
    const made = await credentials.create({ ...given, secret: sealed })
    assert(made, 'the account is there')
    keys.forget(sha256(customer.secret))
    return made
  }

  const customer = await addCustomer({ contentMode: options.contentMode ?? 'metadata' })
  return {
    ...{ url, port, gateway, parts, server, credit, customer, stores, events, addCustomer, addKey },
    ...{ people, authCodes },
    addCredential,
    chat: (body, init = {}) =>
      fetch(`${url}/v1/chat/completions`, {
        method: 'POST',
        body:
          typeof body === 'string' || body instanceof Uint8Array
            ? (body as string)
            : JSON.stringify(body),
        ...init,
        headers: {
          authorization: `Bearer ${customer.secret}`,
          'content-type': 'application/json',
          ...Object.fromEntries(new Headers(init.headers)),
        },
      }),
    recordOf: (id) => {
      assert(id, 'the answer has an id')
      return until(() => credit.records.find((record) => record.id === id), {
        timeoutMs: 5_000,
        what: `the record of ${id}`,
      })
    },
    close: async () => {
      keys.stop()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** The key's hash, as the store keeps it. */
function sha256(secret: string): Uint8Array {
  return hash('sha256', secret, 'buffer')
}

/** What `test/model` costs: $1 and $2 for a million tokens. */
const testRates: PriceRates = {
  prompt: picoUsd(1_000_000n),
  completion: picoUsd(2_000_000n),
  cacheRead: picoUsd(100_000n),
  cacheWrite: picoUsd(1_250_000n),
  cacheWrite1h: picoUsd(2_000_000n),
  reasoning: picoUsd(2_000_000n),
  audioPrompt: picoUsd(1_000_000n),
  audioCompletion: picoUsd(2_000_000n),
  imagePrompt: picoUsd(1_000_000n),
  imageCompletion: picoUsd(2_000_000n),
  request: picoUsd(0n),
}

function makeCatalogue(options: WorldOptions): Catalogue {
  const { providers, prices, model: members } = options
  const made: Provider[] = providers.map((provider, index) => ({
    slug: `provider-${index + 1}`,
    name: `Provider ${index + 1}`,
    kind: 'model',
    protocol: 'openai',
    apiKey: `sk-upstream-secret-${index + 1}`,
    dataPolicy: { retentionDays: null, trains: null, region: null },
    ...provider,
  }))
  const endpoints: Endpoint[] = made.map((provider, index) => ({
    provider,
    upstreamModel: options.upstreamModel ?? `upstream-model-${index + 1}`,
    price: {
      id: `price_${index + 1}`,
      sheet: { base: { ...testRates, ...prices }, tiers: [] },
    },
  }))
  const model: Model = {
    id: 'test/model',
    name: 'Test model',
    description: 'A model for tests.',
    createdAtSeconds: 1_700_000_000,
    contextLength: 100_000,
    maxOutput: 4_096,
    aliases: ['model-alias'],
    inputModalities: ['text'],
    outputModalities: ['text'],
    endpoints,
    ...members,
  }
  const second: Model = { ...model, id: 'test/second', aliases: [], createdAtSeconds: 1 }
  return {
    models: [model, second],
    providers: made,
    ...(options.ownCredentials && { ownCredentials: options.ownCredentials }),
    byName: new Map([
      [model.id, model],
      ['model-alias', model],
      [second.id, second],
    ]),
  }
}
