import type { Kysely } from 'kysely'
import { sql } from 'kysely'

import type { Tables } from '#adapters/postgres/database.ts'
import type { GenerationId } from '#domain/identifiers.ts'
import { assertBatch, groupCharges, settle } from '#domain/ledger/settling.ts'
import { zeroNanoUsd } from '#domain/money.ts'
import type { ChargeRecord, SettleReport } from '#ports/ledger-store.ts'

import { integerArray, textArray } from './arrays.ts'
import { post } from './post.ts'
import { lockAccounts, lockLeases } from './read.ts'
import { inLedgerTransaction, type LedgerDb } from './run.ts'
import { countUsage } from './usage-days.ts'

/**
 * `settle` of the port, in eight round trips whatever the number of charges: begin, charges, account
 * locks, grants, leases, posting, sums of keys, commit; one more where spend limits are involved. Charges
 * that were known already move nothing, so a batch whose commit went unanswered is simply sent again.
 */
export async function settleBatch(
  db: Kysely<Tables>,
  charges: readonly ChargeRecord[],
): Promise<SettleReport> {
  assertBatch(charges)
  return inLedgerTransaction(db, async (transaction) => {
    const fresh = await insertCharges(transaction, charges)
    const duplicateCount = charges.length - fresh.length
    const report = { settledCount: fresh.length, duplicateCount }
    const groups = groupCharges(fresh)
    if (groups.length === 0) {
      await countUsage(transaction, fresh)
      return { ...report, overrunNanoUsd: zeroNanoUsd, lateNanoUsd: zeroNanoUsd }
    }
    const accountIds = [...new Set(groups.map((group) => group.accountId))]
    const leaseIds = [...new Set(groups.flatMap((group) => group.leaseId ?? []))]
    const accounts = await lockAccounts(transaction, accountIds)
    const leases = await lockLeases(transaction, leaseIds)
    const settlement = settle(groups, { accounts, leases })
    await post(transaction, settlement.transactions)
    // Last: the sums of a busy key are what many batches wait for.
    await countUsage(transaction, fresh)
    return {
      ...report,
      overrunNanoUsd: settlement.overrunNanoUsd,
      lateNanoUsd: settlement.lateNanoUsd,
    }
  })
}

/** Inserts the charges and returns those that are new; of equal ids in one batch, the first. */
async function insertCharges(
  db: LedgerDb,
  charges: readonly ChargeRecord[],
): Promise<ChargeRecord[]> {
  const distinct = firstOfEach(charges)
  if (distinct.length === 0) return []
  const { rows } = await sql<{ known: GenerationId[] }>`
    with batch as (
      select * from unnest(
        ${textArray(distinct.map((charge) => charge.chargeId))},
        ${textArray(distinct.map((charge) => charge.accountId))},
        ${textArray(distinct.map((charge) => charge.leaseId))},
        ${textArray(distinct.map((charge) => charge.nodeId))},
        ${integerArray(distinct.map((charge) => charge.costNanoUsd))},
        ${textArray(distinct.map((charge) => charge.priceVersionId))},
        ${textArray(distinct.map((charge) => charge.usageSource))},
        ${textArray(distinct.map((charge) => charge.keyId))}
      ) as charge (
        charge_id, account_id, lease_id, node_id, cost_nano_usd, price_version_id, usage_source,
        key_id
      )
    ),
    inserted as (
      insert into usage_charge (
        day, charge_id, account_id, lease_id, node_id, cost_nano_usd, price_version_id,
        usage_source, key_id
      )
      select date '1970-01-01' + (substr(charge_id, 5, 10)::int8 / 86400)::int4, batch.* from batch
      order by charge_id collate "C"
      on conflict (day, charge_id) do nothing
      returning charge_id
    )
    select array(
      select charge_id collate "C" from batch except select charge_id from inserted
    ) as known`.execute(db)
  const known = new Set(rows[0]?.known)
  if (known.size === 0) return distinct
  return distinct.filter((charge) => !known.has(charge.chargeId))
}

function firstOfEach(charges: readonly ChargeRecord[]): ChargeRecord[] {
  const seen = new Set<GenerationId>()
  return charges.filter(({ chargeId }) => {
    const isFirst = !seen.has(chargeId)
    seen.add(chargeId)
    return isFirst
  })
}
