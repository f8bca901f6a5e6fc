import type { Kysely, Transaction } from 'kysely'
import { DatabaseError } from 'pg'

import type { Tables } from '#adapters/postgres/database.ts'
import { ledgerAttemptsMax } from '#domain/limits.ts'
import { StoreUnavailable } from '#ports/store-error.ts'

/** One database transaction of the ledger. Nothing but the database is awaited inside. */
export type LedgerDb = Transaction<Tables>

/** Serialization failure and deadlock: the server has rolled the transaction back, so nothing happened. */
const lostRaces = ['40001', '40P01']

/**
 * Runs work in one database transaction, again when it lost a race against another one. The level is read
 * committed, whatever the server's default: each statement must see what the holders of the locks before
 * it have committed.
 */
export async function inLedgerTransaction<Result>(
  db: Kysely<Tables>,
  work: (db: LedgerDb) => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await db.transaction().setIsolationLevel('read committed').execute(work)
    } catch (error) {
      if (attempt >= ledgerAttemptsMax || !lostRace(error)) throw error
    }
  }
}

function lostRace(error: unknown): boolean {
  if (!(error instanceof StoreUnavailable)) return false
  const { cause } = error
  return cause instanceof DatabaseError && lostRaces.includes(cause.code ?? '')
}
