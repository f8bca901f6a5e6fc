import { type Kysely, type Selectable, sql } from 'kysely'

import type { Tables } from '#adapters/postgres/database.ts'
import { violates } from '#adapters/postgres/store-errors.ts'
import { assert } from '#domain/faults.ts'
import { passkeysPerPersonMax } from '#domain/limits.ts'
import type { Passkey, PasskeyPurpose } from '#domain/passkeys.ts'
import type { PasskeyStore } from '#ports/passkeys.ts'

import type { PasskeyTable } from './tables.ts'

/** Passkeys in the database. */
export function makePostgresPasskeyStore(db: Kysely<Tables>): PasskeyStore {
  return {
    add: (passkey) => add(db, passkey),
    findByCredential: async (credentialId) => {
      const row = await db
        .selectFrom('passkey')
        .selectAll()
        .where('credential_id', '=', credentialId)
        .executeTakeFirst()
      return row && passkeyOf(row)
    },
    list: async (personId) => {
      const rows = await db
        .selectFrom('passkey')
        .selectAll()
        .where('person_id', '=', personId)
        .orderBy('created_at')
        .orderBy('id')
        .execute()
      return rows.map(passkeyOf)
    },
    rename: async (id, personId, name) => {
      const row = await db
        .updateTable('passkey')
        .set({ name })
        .where('id', '=', id)
        .where('person_id', '=', personId)
        .returningAll()
        .executeTakeFirst()
      return row && passkeyOf(row)
    },
    remove: async (id, personId) => {
      const row = await db
        .deleteFrom('passkey')
        .where('id', '=', id)
        .where('person_id', '=', personId)
        .returningAll()
        .executeTakeFirst()
      return row && passkeyOf(row)
    },
    use: async ({ id, signCount, nowMs }) => {
      const { rows } = await sql`
        update passkey set sign_count = ${signCount}, last_used_at = ${new Date(nowMs)}
        where id = ${id} and (sign_count < ${signCount} or (sign_count = 0 and ${signCount} = 0))
        returning 1`.execute(db)
      return rows.length === 1
    },
    ...ceremoniesUnderWay(db),
  }
}

function ceremoniesUnderWay(
  db: Kysely<Tables>,
): Pick<PasskeyStore, 'openChallenge' | 'takeChallenge' | 'removeOldChallenges'> {
  return {
    openChallenge: async (challenge) => {
      await db
        .insertInto('passkey_challenge')
        .values({
          created_at: new Date(challenge.nowMs),
          expires_at: new Date(challenge.expiresAtMs),
          purpose: challenge.purpose,
          person_id: challenge.personId,
          id_hash: challenge.idHash,
          challenge: challenge.challenge,
        })
        .execute()
    },
    takeChallenge: async (idHash, nowMs) => {
      const row = await db
        .deleteFrom('passkey_challenge')
        .where('id_hash', '=', idHash)
        .where('expires_at', '>', new Date(nowMs))
        .returning(['challenge', 'purpose', 'person_id'])
        .executeTakeFirst()
      if (row === undefined) return undefined
      const purpose = row.purpose as PasskeyPurpose
      return { challenge: new Uint8Array(row.challenge), purpose, personId: row.person_id }
    },
    removeOldChallenges: async (nowMs) => {
      await db.deleteFrom('passkey_challenge').where('expires_at', '<=', new Date(nowMs)).execute()
    },
  }
}

async function add(db: Kysely<Tables>, passkey: Passkey): Promise<'added' | 'taken' | 'full'> {
  try {
    return await db.transaction().execute(async (transaction) => {
      const { personId } = passkey
      await sql`select 1 from person where id = ${personId} for no key update`.execute(transaction)
      const { rows } = await sql<{ count: bigint }>`
        select count(*) from passkey where person_id = ${personId}`.execute(transaction)
      if ((rows[0]?.count ?? 0n) >= BigInt(passkeysPerPersonMax)) return 'full'
      await transaction
        .insertInto('passkey')
        .values({
          sign_count: BigInt(passkey.signCount),
          created_at: passkey.createdAt,
          last_used_at: passkey.lastUsedAt,
          is_synced: passkey.isSynced,
          id: passkey.id,
          person_id: personId,
          name: passkey.name,
          transports: JSON.stringify(passkey.transports),
          credential_id: passkey.credentialId,
          public_key: passkey.publicKey,
        })
        .execute()
      return 'added'
    })
  } catch (error) {
    if (violates(error, 'passkey_credential_unique')) return 'taken'
    throw error
  }
}

function passkeyOf(row: Selectable<PasskeyTable>): Passkey {
  const transports: unknown = row.transports
  assert(
    Array.isArray(transports) && transports.every((each) => typeof each === 'string'),
    'transports are kept as a list of text',
  )
  return {
    id: row.id,
    personId: row.person_id,
    name: row.name,
    credentialId: new Uint8Array(row.credential_id),
    publicKey: new Uint8Array(row.public_key),
    signCount: Number(row.sign_count),
    transports,
    isSynced: row.is_synced,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
  }
}
