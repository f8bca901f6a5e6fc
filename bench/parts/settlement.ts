import { randomBytes } from 'node:crypto'

import { makePostgresAccountStore } from '#adapters/postgres/accounts.ts'
import { openDatabase, type Database } from '#adapters/postgres/database.ts'
import { makePostgresGenerationStore } from '#adapters/postgres/generations.ts'
import { makePostgresLedgerStore } from '#adapters/postgres/ledger/store.ts'
import { migrate } from '#adapters/postgres/migrate.ts'
import type { Surroundings } from '#bench/contenders/contender.ts'
import { upstreamModel } from '#bench/contenders/targets.ts'
import { createDatabase, type BenchDatabase } from '#bench/processes/database.ts'
import type { Sample } from '#bench/report/sample.ts'
import { Unmeasurable } from '#bench/unmeasurable.ts'
import type { GenerationRecord } from '#domain/generation.ts'
import {
  makeAccountId,
  makeGenerationId,
  makeGrantId,
  makeLeaseId,
  makeNodeId,
  type AccountId,
  type LeaseId,
  type NodeId,
} from '#domain/identifiers.ts'
import { nanoUsd } from '#domain/money.ts'
import { zeroUsage } from '#domain/usage.ts'
import type { ChargeRecord } from '#ports/ledger-store.ts'

/** What a node with some hundreds of requests a second gathers between two settlements. */
const batchCharges = 500
const accounts = 20
const warmUpBatches = 10
const leaseNanoUsd = nanoUsd(1_000_000_000_000n)
const costNanoUsd = nanoUsd(76_800n)
const leaseTtlMs = 600_000
const priceVersionId = 'price_0000000000000000000000000000000000000000000000000000000000000000'

/** One account with open credit. */
interface Spender {
  readonly accountId: AccountId
  readonly leaseId: LeaseId
}

/**
 * Time for settling one request, and for writing its line of the request log. Batches go through the
 * product's own stores into a database of their own, one after the other. `settle_us` is all that the
 * caller waits, with round trips and this process's own part; `settle_db_us` is the time in which the
 * server was executing, by its own count.
 */
export async function measureSettlement(
  surroundings: Surroundings,
  batches: number,
): Promise<Sample['values']> {
  const place = await createDatabase(surroundings.databaseUrl, surroundings.cores.others)
  try {
    const { nodeId, spenders } = await prepare(place)
    const make = (count: number): readonly Batch[] =>
      Array.from({ length: count }, () => makeBatch(spenders, nodeId))
    const phase = (run: BatchRun, work: readonly Batch[]): Promise<Timed> =>
      timeBatches({ place, run, work })
    const warmUp = make(warmUpBatches)
    const work = make(batches)
    await phase(settleBatch, warmUp)
    const settled = await phase(settleBatch, work)
    await phase(logBatch, warmUp)
    const logged = await phase(logBatch, work)
    return {
      settle_us: settled.waitedUs,
      settle_db_us: settled.databaseUs,
      log_us: logged.waitedUs,
      log_db_us: logged.databaseUs,
    }
  } finally {
    await place.drop()
  }
}

async function prepare(
  place: BenchDatabase,
): Promise<{ nodeId: NodeId; spenders: readonly Spender[] }> {
  const database = await openDatabase({ kind: 'server', url: place.url })
  try {
    await migrate(database)
    const nodeId = makeNodeId(randomBytes)
    const epoch = await makePostgresLedgerStore(database).raiseEpoch(nodeId)
    const spenders: Spender[] = []
    for (let index = 0; index < accounts; index++) {
      spenders.push(await openCredit(database, { nodeId, epoch }))
    }
    return { nodeId, spenders }
  } finally {
    await database.close()
  }
}

type BatchRun = (database: Database, batch: Batch) => Promise<void>

async function settleBatch(database: Database, { charges }: Batch): Promise<void> {
  const report = await makePostgresLedgerStore(database).settle(charges)
  if (report.settledCount !== batchCharges || report.overrunNanoUsd !== 0n) {
    throw new Unmeasurable('the ledger did not settle what it was given')
  }
}

async function logBatch(database: Database, { records }: Batch): Promise<void> {
  await makePostgresGenerationStore(database.db).insert(records)
}

/** Microseconds for each charge or line. */
interface Timed {
  readonly waitedUs: number
  readonly databaseUs: number
}

interface Phase {
  readonly place: BenchDatabase
  readonly run: BatchRun
  readonly work: readonly Batch[]
}

/** Opens its own connections and closes them, because only then is the server's count complete. */
async function timeBatches({ place, run, work }: Phase): Promise<Timed> {
  const activeBeforeMs = await place.activeMs()
  const database = await openDatabase({ kind: 'server', url: place.url })
  let waitedMs = 0
  try {
    // Opening has made the one connection that is used; this moves its process.
    await place.cpuMs()
    const startMs = performance.now()
    for (const batch of work) await run(database, batch)
    waitedMs = performance.now() - startMs
  } finally {
    await database.close()
  }
  const activeMs = (await place.activeMs()) - activeBeforeMs
  const count = work.length * batchCharges
  return { waitedUs: (waitedMs * 1000) / count, databaseUs: (activeMs * 1000) / count }
}

interface Batch {
  readonly records: readonly GenerationRecord[]
  readonly charges: readonly ChargeRecord[]
}

function makeBatch(spenders: readonly Spender[], nodeId: NodeId): Batch {
  const records: GenerationRecord[] = []
  const charges: ChargeRecord[] = []
  for (let index = 0; index < batchCharges; index++) {
    const spender = spenders[index % spenders.length]
    if (!spender) continue
    const record = makeRecord(spender.accountId)
    records.push(record)
    charges.push(makeCharge(record, { nodeId, leaseId: spender.leaseId }))
  }
  return { records, charges }
}

async function openCredit(
  database: Database,
  node: { readonly nodeId: NodeId; readonly epoch: number },
): Promise<Spender> {
  const ledger = makePostgresLedgerStore(database)
  const accountId = makeAccountId(randomBytes)
  const leaseId = makeLeaseId(randomBytes)
  await makePostgresAccountStore(database.db).create({
    id: accountId,
    role: 'customer',
    displayName: 'Bench',
    email: null,
    contentMode: 'metadata',
  })
  await ledger.grant({
    id: makeGrantId(randomBytes),
    accountId,
    kind: 'paid',
    amountNanoUsd: leaseNanoUsd,
    priority: 300,
    expiresAt: null,
    effectKey: `bench:${accountId}`,
    note: null,
  })
  const lease = await ledger.lease({
    leaseId,
    accountId,
    ...node,
    minimumNanoUsd: leaseNanoUsd,
    wantedNanoUsd: leaseNanoUsd,
    ttlMs: leaseTtlMs,
  })
  if (lease.kind !== 'granted') throw new Unmeasurable(`no lease: ${lease.kind}`)
  return { accountId, leaseId }
}

function makeCharge(
  record: GenerationRecord,
  held: Pick<ChargeRecord, 'nodeId' | 'leaseId'>,
): ChargeRecord {
  return {
    ...held,
    chargeId: record.id,
    accountId: record.accountId,
    costNanoUsd: record.costNanoUsd,
    priceVersionId,
    usageSource: record.usageSource,
    keyId: record.keyId,
    promptTokens: record.usage.promptTokens,
    completionTokens: record.usage.completionTokens,
    model: 'acme/fast-1',
    provider: 'acme',
    cachedTokens: 0,
    reasoningTokens: 0,
    budgetLeaseIds: [],
  }
}

/** A usual line of the log: one answer at the first attempt. */
function makeRecord(accountId: AccountId): GenerationRecord {
  const nowMs = Date.now()
  return {
    id: makeGenerationId(nowMs, randomBytes),
    accountId,
    // One key for each account: what is summed by key and day is summed, as in real life.
    keyId: `key_${accountId.slice('acct_'.length)}`,
    createdAtMs: nowMs,
    requestedModel: 'bench/answer',
    resolvedModel: 'bench/answer',
    provider: 'bench-answer',
    upstreamModel,
    upstreamId: 'chatcmpl-B7rXk2mZ9qLw4tYc',
    routingPath: [
      {
        provider: 'bench-answer',
        upstreamModel,
        startedAtMs: nowMs,
        status: 200,
        latencyMs: 2,
        errorClass: null,
      },
    ],
    outcome: 'completed',
    status: 200,
    faultCode: null,
    streamed: false,
    timeToFirstTokenMs: 2,
    latencyMs: 2,
    usage: { ...zeroUsage, promptTokens: 388, completionTokens: 31 },
    usageSource: 'upstream',
    finishReason: 'stop',
    costNanoUsd,
    priceVersionId,
    clientIp: '127.0.0.1',
    userAgent: 'bench',
    contentMode: 'metadata',
  }
}
