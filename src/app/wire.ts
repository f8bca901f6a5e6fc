import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'

import { nodeDisk } from '#adapters/journal/disk.ts'
import { openJournal } from '#adapters/journal/journal.ts'
import { createHttpMediaFetcher } from '#adapters/media/http-media-fetcher.ts'
import {
  type OutboundRules,
  publicHttpsOnly,
  refusalOfAddress,
} from '#adapters/outbound/outbound-guard.ts'
import { announce } from '#adapters/postgres/announce.ts'
import { createRequestSigner } from '#adapters/signing/request-signer.ts'
import { createSimulatedUpstream } from '#adapters/simulated/simulated-upstream.ts'
import { createWorkerTokenizer } from '#adapters/tokenizer/worker-tokenizer.ts'
import { createUndiciUpstream } from '#adapters/upstream/undici-upstream.ts'
import { createContentVault } from '#adapters/vault/content-vault.ts'
import { createCredentialVault } from '#adapters/vault/credential-vault.ts'
import { generatedMasterKeys } from '#adapters/vault/master-key-source.ts'
import type { MasterKeys } from '#adapters/vault/master-key.ts'
import { createServerSecrets } from '#adapters/vault/server-secrets.ts'
import type { BudgetId } from '#domain/budgets.ts'
import {
  type Catalogue,
  type OwnCredentialPolicy,
  pricesOf,
  usualOwnCredentialPolicy,
} from '#domain/catalogue.ts'
import type { AccountId, NodeId } from '#domain/identifiers.ts'
import { readIpRange } from '#domain/ip-ranges.ts'
import { shutdownFlushMsMax } from '#domain/limits.ts'
import { createContentQueue } from '#gateway/content-queue.ts'
import { startCredit, type CreditNode } from '#gateway/credit/start-credit.ts'
import { guardedScheme } from '#gateway/house.ts'
import { createKeyDirectory, type KeyDirectory } from '#gateway/key-directory.ts'
import { credentialReader } from '#gateway/own/read-credentials.ts'
import { createResponseShelf } from '#gateway/responses/response-shelf.ts'
import { createGateway, type Gateway } from '#gateway/serve.ts'
import type { CredentialProbe, CredentialVault } from '#ports/own-credentials.ts'

import { systemClock } from './clock.ts'
import type { CheckedConfig } from './config/check-config.ts'
import { type ControlPlane, openControlPlane } from './control-plane.ts'
import { createHttpServer, type HttpServer } from './http-server.ts'
import { startJobs } from './jobs.ts'
import type { Log } from './log.ts'
import { readOrMakeNodeId } from './node-id.ts'
import { readBuiltPages } from './pages/built-pages.ts'
import { createPageServer } from './pages/serve-pages.ts'
import { secretsOf, type Configuration } from './read-configuration.ts'
import { creditReport } from './reports.ts'
import { keepServedCatalogue, type ServedCatalogue } from './served-catalogue.ts'
import { serverJobs } from './server-jobs.ts'
import type { Stores } from './stores.ts'

/** The whole server, put together but not yet listening. */
export interface Wired {
  readonly http: HttpServer
  readonly gateway: Gateway
  /** Why this process can take no new work until it is started anew; null while it can. */
  readonly brokenReason: () => string | null
  /** Writes down what is in memory, returns credit, closes everything but the stores. */
  readonly release: () => Promise<void>
}

/** What the parts are made of. `isServing` is false while the process starts or leaves. */
export interface WireOptions {
  readonly configuration: Configuration
  /** Reads again what is to be served. */
  readonly readCatalogue: () => CheckedConfig
  /** What the log blacks out: keys of a configuration that comes later are added. */
  readonly secrets: Set<string>
  /** Null: one is generated in the data folder on first use. */
  readonly masterKeys: MasterKeys | null
  readonly stores: Stores
  readonly log: Log
  /** Prints for the person at the terminal: mails of a machine of their own. */
  readonly print: (text: string) => void
  readonly isServing: () => boolean
}

const clock = systemClock

/**
 * Puts the parts together: master key, vault, prices of today, credit with everything recovered that the
 * last life of this node left, gateway and control plane on one server.
 */
export async function wire(options: WireOptions): Promise<Wired> {
  const { configuration, stores, log } = options
  const masterKeys = options.masterKeys ?? generatedMasterKeys(stores.folder.path)
  const { vault, credentialVault } = openVaults(stores, masterKeys)
  await recordPrices(options)
  const creditNode = await openCredit(options)
  await followRecalls(stores, creditNode)
  const keys = await openKeys(stores, { creditNode, log, credentialVault })
  const contentQueue = createContentQueue({
    vault,
    generations: stores.generations,
    clock,
    log,
  })
  const shelf = createResponseShelf({ store: stores.responses, vault, clock, log })
  const outside = reachOutside(configuration.catalogue)
  const gateway = createGateway({
    catalogue: configuration.catalogue,
    credit: creditNode.credit,
    keys,
    keyStore: stores.apiKeys,
    authCodes: stores.authCodes,
    generations: stores.generations,
    ledger: stores.ledger,
    budgets: stores.budgets,
    usage: stores.usage,
    vault,
    contentQueue,
    shelf,
    idempotency: { store: stores.idempotency, nodeId: nodeIdOf(stores) },
    ...outside.parts,
    clock,
    randomBytes,
    log,
    userAgent: `codelace/${readVersion()}`,
    trustedProxies: configuration.settings.trustedProxies,
    nodeCount: configuration.settings.nodeCount,
    limits: { upstreamWholeAnswerTimeoutMs: configuration.settings.wholeAnswerTimeoutMs },
    isReady: () => options.isServing() && creditNode.status().isReady,
  })
  const served = await serveCatalogue(options, gateway)
  const control = openControlPlane({
    ...{ settings: configuration.settings, stores, log, print: options.print },
    live: {
      findPending: creditNode.credit.findPending,
      findPendingContent: (id) => contentQueue.find(id),
      vault,
      secrets: createServerSecrets(masterKeys),
      ...{ configuredPrices: served, catalogue: served.catalogue, credentialVault },
      probe: outside.probeBy(gateway.probe),
    },
  })
  await stores.database.listen('codelace_requests', control.announceRequests)
  const work = [...serverJobs(stores, { clock, log }), ...control.jobs]
  const jobs = startJobs(work, { clock, log })
  const http = serverOf({ gateway, control, log })
  const release = async () => {
    await jobs.stop()
    control.close()
    keys.stop()
    if (!(await gateway.flushAnswers(shutdownFlushMsMax))) log.warn('idempotent_answers_lost')
    if (!(await contentQueue.flush(shutdownFlushMsMax))) log.alarm('content_lost')
    if (!(await shelf.flush(shutdownFlushMsMax))) log.warn('responses_not_stored')
    const end = await creditNode.stop()
    if (end.unsettledCount > 0 || end.openLeaseCount > 0) log.warn('left_in_journal', { ...end })
    await outside.close()
  }
  return { http, gateway, brokenReason: creditNode.brokenReason, release }
}

/** One server for everything. Live lists end when its end is announced: who looks comes back to another node. */
function serverOf(parts: { gateway: Gateway; control: ControlPlane; log: Log }): HttpServer {
  const { gateway, control, log } = parts
  const http = createHttpServer({
    gateway: gateway.handle,
    control: control.listener,
    pages: pageServer(log),
  })
  return {
    ...http,
    announceEnd: () => {
      http.announceEnd()
      control.endStreams()
    },
  }
}

/** What the data plane reaches beyond this process and its database, and the worker that counts tokens. */
function reachOutside(catalogue: Catalogue) {
  const ownRules = rulesFor(catalogue.ownCredentials ?? usualOwnCredentialPolicy)
  const guarded = createUndiciUpstream({ rules: ownRules })
  const upstream = createUndiciUpstream()
  const tokenizer = createWorkerTokenizer()
  const media = createHttpMediaFetcher(publicHttpsOnly)
  const signer = createRequestSigner(clock)
  const simulated = createSimulatedUpstream(clock)
  const upstreams = {
    ...{ 'https:': upstream, 'http:': upstream, 'simulated:': simulated },
    [guardedScheme]: guarded,
  }
  const parts = [upstream, guarded, media, signer, tokenizer]
  return {
    probeBy: (probe: CredentialProbe['probe']): CredentialProbe => ({
      probe,
      refusalOfAddress: (address) => refusalOfAddress(address, ownRules),
    }),
    parts: { upstreams, signer, media, tokenizer },
    close: () => Promise.all(parts.map((part) => part.close())),
  }
}

/** Where servers of customers' own may be, as the installation was started. */
function rulesFor({ ports, openedRanges }: OwnCredentialPolicy): OutboundRules {
  const ranges = openedRanges.map(readIpRange)
  return {
    ...{ allowsHttp: false, ports },
    openedRanges: ranges.flatMap((read) => (read.kind === 'range' ? [read.range] : [])),
  }
}

/** Follows what changes of keys and accounts, on whichever node. */
async function openKeys(
  stores: Stores,
  {
    creditNode,
    log,
    credentialVault: vault,
  }: { creditNode: CreditNode; log: Log; credentialVault: CredentialVault },
): Promise<KeyDirectory> {
  const keys = createKeyDirectory({
    store: stores.apiKeys,
    clock,
    log,
    readCredentials: credentialReader({ credentials: stores.credentials, vault, log }),
    onChange: ({ key, project, account }) => {
      if (project !== null) creditNode.credit.forgetBudgets(project.id)
      creditNode.credit.forgetBudgets(key.id)
      creditNode.credit.forgetBudgets(account.id)
    },
  })
  await keys.start()
  // Polling is the guarantee; this only makes a revocation reach other nodes in milliseconds.
  await stores.database.listen('codelace_directory', keys.hurry)
  return keys
}

function openVaults({ accountKeys }: Stores, masterKeys: MasterKeys) {
  const parts = { masterKeys, accountKeys, clock, randomBytes }
  return { vault: createContentVault(parts), credentialVault: createCredentialVault(parts) }
}

async function recordPrices({ configuration, stores, log }: WireOptions): Promise<void> {
  const isFirst = (await stores.prices.history(null)).length === 0
  const changes = await stores.prices.record(pricesOf(configuration.catalogue))
  if (isFirst || changes.length === 0) return
  log.info('prices_changed', { endpoints: changes.map(({ endpoint }) => endpoint) })
}

/** Keeps what the gateway serves. An application on another node is followed here. */
async function serveCatalogue(options: WireOptions, gateway: Gateway): Promise<ServedCatalogue> {
  const { configuration, stores, log, secrets } = options
  const { settings } = configuration
  const nodeId = readOrMakeNodeId(stores.folder.path, randomBytes)
  const channel = 'codelace_prices'
  const served = keepServedCatalogue({
    initial: configuration.catalogue,
    read: options.readCatalogue,
    prices: stores.prices,
    serve: (catalogue) => {
      for (const secret of secretsOf({ settings, catalogue })) secrets.add(secret)
      gateway.replaceCatalogue(catalogue)
    },
    tellOthers: () => announce(stores.database, { channel, payload: nodeId }),
    log,
  })
  await stores.database.listen(channel, (payload) => {
    if (payload !== null && payload !== nodeId) void served.follow()
  })
  return served
}

function openCredit({ stores, log }: WireOptions): Promise<CreditNode> {
  const journal = openJournal({
    disk: nodeDisk(stores.folder.journalFolder),
    nodeId: nodeIdOf(stores),
    clock,
    randomBytes,
  })
  return startCredit({
    ledger: stores.ledger,
    budgets: stores.budgets,
    generations: stores.generations,
    journal,
    clock,
    randomBytes,
    report: creditReport(log),
  })
}

/** The same on every call: the name is kept with the journal. */
function nodeIdOf({ folder }: Stores): NodeId {
  return readOrMakeNodeId(folder.path, randomBytes)
}

/**
 * Other nodes ask for what is idle by the id of an account or of a budget; a lost message costs them a
 * little patience.
 */
function followRecalls({ database }: Stores, creditNode: CreditNode): Promise<void> {
  return database.listen('codelace_leases', (payload) => {
    if (payload !== null) creditNode.recall(payload as AccountId | BudgetId)
  })
}

function pageServer(log: Log) {
  return createPageServer({
    pages: readBuiltPages(),
    monotonicMs: clock.monotonicMs,
    report: (violation) => log.warn('page_refused', { ...violation }),
  })
}

function readVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  const { version }: { version: string } = JSON.parse(text)
  return version
}
