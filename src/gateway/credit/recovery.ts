import type { GenerationId } from '#domain/identifiers.ts'
import { nanoUsd, type NanoUsd, zeroNanoUsd } from '#domain/money.ts'
import type { AdmitRecord, Journal, JournalPosition, JournalRecord } from '#ports/journal.ts'
import { StoreUnavailable } from '#ports/store-error.ts'

import type { CreditPolicy } from './policy.ts'
import type { ReportProblem } from './problem.ts'
import { orphanRecord } from './record.ts'
import type { Settler, Unsettled } from './settler.ts'

/** What recovery works with. */
export interface RecoveryParts {
  readonly journal: Journal
  readonly settler: Settler
  readonly policy: CreditPolicy
  readonly report: ReportProblem
}

interface Orphan {
  readonly admit: AdmitRecord
  costNanoUsd: NanoUsd
}

/** Stands before every real position: what is replayed never moves the checkpoint. */
const beforeEverything = 0 as JournalPosition

/**
 * Brings everything that earlier lives of this node left to the store: finished requests as they ended,
 * unfinished ones at what they were last known to have cost. Afterwards nothing of the old journal is
 * needed. Throws `StoreUnavailable` or `JournalError`; nothing is lost then, the next start does it all.
 */
export async function recover(parts: RecoveryParts): Promise<void> {
  const { journal, settler } = parts
  const unfinished = new Map<GenerationId, Orphan>()
  for await (const piece of journal.replay()) {
    for (const { record, settled } of piece) {
      const unsettled = follow(unfinished, record)
      if (unsettled !== undefined && !settled) settler.add(unsettled)
    }
    await drain(parts)
  }
  await settleOrphans(parts, [...unfinished.values()])
  await drain(parts)
  settler.allowCheckpoints()
  await settler.checkpoint()
}

/** Keeps track of who is unfinished; returns what a record says must be in the store. */
function follow(
  unfinished: Map<GenerationId, Orphan>,
  record: JournalRecord,
): Unsettled | undefined {
  switch (record.kind) {
    case 'admit':
      unfinished.set(record.chargeId, {
        admit: record,
        costNanoUsd: unfinished.get(record.chargeId)?.costNanoUsd ?? zeroNanoUsd,
      })
      return undefined
    case 'progress': {
      const orphan = unfinished.get(record.chargeId)
      if (orphan && record.costNanoUsd > orphan.costNanoUsd) orphan.costNanoUsd = record.costNanoUsd
      return undefined
    }
    case 'settle':
      unfinished.delete(record.record.id)
      return replayed('charge', record)
    case 'log':
      return replayed('line', { leaseId: null, record: record.record })
  }
}

function replayed(
  kind: Unsettled['kind'],
  { leaseId, record }: Pick<Unsettled, 'leaseId' | 'record'>,
): Unsettled {
  return { kind, leaseId, record, budgetLeaseIds: [], onSettled: null, position: beforeEverything }
}

/** The decision about each orphan is durable before the store hears of it, so that it is made once. */
async function settleOrphans(
  { journal, settler, report }: RecoveryParts,
  orphans: readonly Orphan[],
): Promise<void> {
  if (orphans.length === 0) return
  const settled = orphans.map(({ admit, costNanoUsd }) => ({
    leaseId: admit.leaseId,
    record: orphanRecord(admit, costNanoUsd),
  }))
  for (const { leaseId, record } of settled) journal.append({ kind: 'settle', leaseId, record })
  await journal.durable()
  for (const one of settled) settler.add(replayed('charge', one))
  const amount = orphans.reduce<bigint>((sum, { costNanoUsd }) => sum + costNanoUsd, 0n)
  report({ kind: 'orphans_settled', count: orphans.length, amountNanoUsd: nanoUsd(amount) })
}

async function drain({ settler, policy }: RecoveryParts): Promise<void> {
  await settler.drain(policy.shutdownFlushMsMax)
  if (settler.unsettledCount > settler.stuckCount) {
    throw new StoreUnavailable('the store did not take what the journal holds from before')
  }
}
