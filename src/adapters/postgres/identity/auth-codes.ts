import { type Kysely, type Selectable, sql } from 'kysely'

import type { Tables } from '#adapters/postgres/database.ts'
import { limitsFromJson, limitsToJson } from '#adapters/postgres/limits-json.ts'
import type { MemberRole } from '#domain/people.ts'
import { roleReaches } from '#domain/people.ts'
import type { AuthCodeStore } from '#ports/auth-codes.ts'

import type { AuthCodeTable } from './tables.ts'

/** Codes of apps in the database. */
export function makePostgresAuthCodeStore(db: Kysely<Tables>): AuthCodeStore {
  return {
    create: async (code, openMax) => {
      const { rows } = await sql`
        insert into auth_code (created_at, expires_at, key_expires_at, account_id, person_id,
          key_name, app_host, project_id, limits, challenge, challenge_method, code_hash)
        select ${new Date(code.nowMs)}, ${new Date(code.expiresAtMs)},
          ${code.keyExpiresAt}::timestamptz, ${code.accountId}, ${code.personId}, ${code.keyName},
          ${code.appHost ?? null}::text, ${code.projectId}::text,
          ${limitsToJson(code.limits)}::jsonb, ${code.challenge}, ${code.challengeMethod},
          ${code.codeHash}
        where (select count(*) from auth_code
          where person_id = ${code.personId} and expires_at > ${new Date(code.nowMs)}) < ${openMax}
        returning 1`.execute(db)
      return rows.length === 1
    },
    take: async (codeHash, nowMs) => {
      const { rows } = await sql<Selectable<AuthCodeTable> & { role: MemberRole }>`
        with taken as (delete from auth_code where code_hash = ${codeHash} returning *)
        select taken.*, membership.role from taken
        join membership using (account_id, person_id)
        where taken.expires_at > ${new Date(nowMs)}`.execute(db)
      const [row] = rows
      if (row === undefined || !roleReaches(row.role, 'developer')) return undefined
      return {
        accountId: row.account_id,
        personId: row.person_id,
        keyName: row.key_name,
        ...(row.app_host !== null && { appHost: row.app_host }),
        projectId: row.project_id,
        limits: limitsFromJson(row.limits),
        keyExpiresAt: row.key_expires_at,
        challenge: row.challenge,
        challengeMethod: row.challenge_method,
      }
    },
    removeExpired: async (nowMs) => {
      await db.deleteFrom('auth_code').where('expires_at', '<=', new Date(nowMs)).execute()
    },
  }
}
