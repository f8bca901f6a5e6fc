import { type Kysely, type Selectable, sql } from 'kysely'

import type { ProjectId } from '#domain/identifiers.ts'
import type { Project } from '#domain/projects.ts'
import type { ProjectStore } from '#ports/projects.ts'

import type { Tables } from './database.ts'
import { limitsFromJson, limitsToJson } from './limits-json.ts'
import type { ProjectTable } from './tables.ts'

/** Projects in the database. */
export function makePostgresProjectStore(db: Kysely<Tables>): ProjectStore {
  return {
    create: async ({ id, accountId, name, limits }) => {
      const { rows } = await sql<Selectable<ProjectTable>>`
        insert into project (id, account_id, name, limits)
        select ${id}, account.id, ${name}, ${limitsToJson(limits)}::jsonb
        from account where account.id = ${accountId}
        returning *`.execute(db)
      return rows[0] && projectOf(rows[0])
    },

    find: (id) => find(db, id),

    list: async (accountId) => {
      const rows = await db
        .selectFrom('project')
        .selectAll()
        .where('account_id', '=', accountId)
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .execute()
      return rows.map(projectOf)
    },

    update: async (id, { name, limits }) => {
      const row = await db
        .updateTable('project')
        .set({
          ...(name === undefined ? {} : { name }),
          ...(limits === undefined ? {} : { limits: limitsToJson(limits) }),
          id,
        })
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirst()
      return row && projectOf(row)
    },

    archive: (id) => db.transaction().execute((transaction) => archive(transaction, id)),
  }
}

async function find(db: Kysely<Tables>, id: ProjectId): Promise<Project | undefined> {
  const row = await db.selectFrom('project').selectAll().where('id', '=', id).executeTakeFirst()
  return row && projectOf(row)
}

/** The lock makes whoever creates a key in the project wait, and find it archived. */
async function archive(db: Kysely<Tables>, id: ProjectId): ReturnType<ProjectStore['archive']> {
  const before = await db
    .selectFrom('project')
    .selectAll()
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst()
  if (!before) return { kind: 'unknown' }
  if (before.archived_at !== null) return { kind: 'archived', project: projectOf(before) }
  const used = await db
    .selectFrom('api_key')
    .select('id')
    .where('project_id', '=', id)
    .where('revoked_at', 'is', null)
    .where(sql<boolean>`(expires_at is null or expires_at > now())`)
    .limit(1)
    .executeTakeFirst()
  if (used) return { kind: 'in_use' }
  const after = await db
    .updateTable('project')
    .set({ archived_at: sql<Date>`now()` })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
  return { kind: 'archived', project: projectOf(after) }
}

function projectOf(row: Omit<Selectable<ProjectTable>, 'changed_xid'>): Project {
  return {
    id: row.id,
    accountId: row.account_id,
    name: row.name,
    limits: limitsFromJson(row.limits),
    createdAt: row.created_at,
    archivedAt: row.archived_at,
  }
}
