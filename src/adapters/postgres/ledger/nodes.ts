import type { Kysely } from 'kysely'
import { sql } from 'kysely'

import type { Tables } from '#adapters/postgres/database.ts'
import type { Channel } from '#adapters/postgres/listener.ts'
import type { BudgetId } from '#domain/budgets.ts'
import type { AccountId, NodeId } from '#domain/identifiers.ts'

const recallChannel: Channel = 'codelace_leases'

/** Waits for ledger transactions of the node's earlier life that are under way, then ends its rights. */
export async function raiseEpoch(db: Kysely<Tables>, nodeId: NodeId): Promise<number> {
  const row = await db
    .insertInto('node')
    .values({ id: nodeId, epoch: 1 })
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet({ epoch: sql`node.epoch + 1`, raised_at: sql`now()` }),
    )
    .returning('epoch')
    .executeTakeFirstOrThrow()
  return row.epoch
}

/** Tells every node that listens for recalls, this one included; the payload is the id given. */
export async function requestRecall(db: Kysely<Tables>, id: AccountId | BudgetId): Promise<void> {
  await sql`select pg_notify(${recallChannel}, ${id})`.execute(db)
}
