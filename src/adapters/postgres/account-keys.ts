import type { Kysely, Selectable } from 'kysely'

import type { AccountId } from '#domain/identifiers.ts'
import type { AccountKeyStore, WrappedAccountKey } from '#ports/account-keys.ts'

import type { Tables } from './database.ts'
import type { AccountKeyTable } from './tables.ts'

const columns = ['account_id', 'version', 'master_key_id', 'wrapped'] as const

type KeyRow = Pick<Selectable<AccountKeyTable>, (typeof columns)[number]>

/** Wrapped data keys in the database. */
export function makePostgresAccountKeyStore(db: Kysely<Tables>): AccountKeyStore {
  const find = async (accountId: AccountId, version: number) => {
    const row = await db
      .selectFrom('account_key')
      .select(columns)
      .where('account_id', '=', accountId)
      .where('version', '=', version)
      .executeTakeFirst()
    return row && keyOf(row)
  }

  return {
    find,

    findNewest: async (accountId) => {
      const row = await db
        .selectFrom('account_key')
        .select(columns)
        .where('account_id', '=', accountId)
        .orderBy('version', 'desc')
        .limit(1)
        .executeTakeFirst()
      return row && keyOf(row)
    },

    putIfAbsent: async (key) => {
      const { accountId, version, masterKeyId, wrapped } = key
      await db
        .insertInto('account_key')
        .values({ account_id: accountId, version, master_key_id: masterKeyId, wrapped })
        .onConflict((conflict) => conflict.columns(['account_id', 'version']).doNothing())
        .execute()
      // A racing insert has committed by now, or this one's row is there; erasure may have been faster.
      return (await find(accountId, version)) ?? key
    },
  }
}

function keyOf(row: KeyRow): WrappedAccountKey {
  return {
    accountId: row.account_id,
    version: row.version,
    masterKeyId: row.master_key_id,
    wrapped: new Uint8Array(row.wrapped),
  }
}
