import { type Kysely, type Selectable, sql } from 'kysely'

import type { Tables } from '#adapters/postgres/database.ts'
import { sessionsPerPersonMax } from '#domain/limits.ts'
import type { Session } from '#domain/sessions.ts'
import type { BegunSession, NewSession, Proof, SessionStore } from '#ports/sessions.ts'

import { personOf, policiesOfPerson } from './people.ts'
import type { SessionTable } from './tables.ts'

const sessionColumns = [
  'created_at',
  'last_used_at',
  'ended_at',
  'stepped_up_at',
  'id',
  'person_id',
  'authenticated_by',
  'stepped_up_for',
  'network',
  'device',
] as const

type SessionRow = Pick<Selectable<SessionTable>, (typeof sessionColumns)[number]>

/** Sessions in the database. */
export function makePostgresSessionStore(db: Kysely<Tables>): SessionStore {
  return {
    begin: (session) => begin(db, session),
    findByToken: (tokenHash) => findByToken(db, tokenHash),
    touch: async (id, nowMs) => {
      await db
        .updateTable('session')
        .set({ last_used_at: new Date(nowMs) })
        .where('id', '=', id)
        .where('last_used_at', '<', new Date(nowMs))
        .execute()
    },
    noteElsewhere: (noted) => noteElsewhere(db, noted),
    list: async (personId) => {
      const rows = await db
        .selectFrom('session')
        .select(sessionColumns)
        .where('person_id', '=', personId)
        .where('ended_at', 'is', null)
        .orderBy('last_used_at', 'desc')
        .orderBy('id')
        .execute()
      return rows.map(sessionOf)
    },
    prove: (proof) => prove(db, proof),
    end: async ({ id, personId, nowMs }) => {
      const { numUpdatedRows } = await db
        .updateTable('session')
        .set({ ended_at: new Date(nowMs) })
        .where('id', '=', id)
        .where('person_id', '=', personId)
        .where('ended_at', 'is', null)
        .executeTakeFirst()
      return numUpdatedRows > 0n
    },
    endAll: async ({ personId, except, nowMs }) => {
      let query = db
        .updateTable('session')
        .set({ ended_at: new Date(nowMs) })
        .where('person_id', '=', personId)
        .where('ended_at', 'is', null)
      if (except !== null) query = query.where('id', '<>', except)
      return Number((await query.executeTakeFirst()).numUpdatedRows)
    },
    removeOld: async ({ endedMs, begunMs }) => {
      const { numDeletedRows } = await db
        .deleteFrom('session')
        .where((where) =>
          where.or([
            where('ended_at', '<', new Date(endedMs)),
            where('created_at', '<', new Date(begunMs)),
          ]),
        )
        .executeTakeFirst()
      return Number(numDeletedRows)
    },
  }
}

async function noteElsewhere(
  db: Kysely<Tables>,
  { id, nowMs, againMs }: Parameters<SessionStore['noteElsewhere']>[0],
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('session')
    .set({ elsewhere_told_at: new Date(nowMs) })
    .where('id', '=', id)
    .where((where) =>
      where.or([
        where('elsewhere_told_at', 'is', null),
        where('elsewhere_told_at', '<=', new Date(againMs)),
      ]),
    )
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

function begin(db: Kysely<Tables>, begun: NewSession): Promise<BegunSession> {
  const at = new Date(begun.nowMs)
  const { id, personId, network, device } = begun
  return db.transaction().execute(async (transaction) => {
    // Sign-ins of one person take turns, or two of them would both find room for one more.
    await sql`select 1 from person where id = ${personId} for no key update`.execute(transaction)
    const past = await transaction
      .selectFrom('session')
      .select(['network', 'device'])
      .where('person_id', '=', personId)
      .execute()
    const row = await transaction
      .insertInto('session')
      .values({
        created_at: at,
        last_used_at: at,
        ended_at: null,
        stepped_up_at: null,
        elsewhere_told_at: null,
        id,
        person_id: personId,
        authenticated_by: begun.authenticatedBy,
        stepped_up_for: null,
        network,
        device,
        token_hash: begun.tokenHash,
      })
      .returning(sessionColumns)
      .executeTakeFirstOrThrow()
    await sql`
      update session set ended_at = ${at} where id in (
        select id from session where person_id = ${personId} and ended_at is null and id <> ${id}
        order by last_used_at desc, created_at desc, id offset ${sessionsPerPersonMax - 1}
      )`.execute(transaction)
    return {
      session: sessionOf(row),
      isFirst: past.length === 0,
      isKnownDevice: past.some((one) => one.device === device && one.network === network),
    }
  })
}

async function findByToken(db: Kysely<Tables>, tokenHash: Uint8Array) {
  const row = await db
    .selectFrom('session')
    .innerJoin('person', 'person.id', 'session.person_id')
    .selectAll('person')
    .select(policiesOfPerson.as('policies'))
    .select([
      'session.id as session_id',
      'session.created_at as begun_at',
      ...(['last_used_at', 'ended_at', 'stepped_up_at', 'person_id'] as const),
      ...(['authenticated_by', 'stepped_up_for', 'network', 'device'] as const),
    ])
    .where('token_hash', '=', tokenHash)
    .executeTakeFirst()
  if (row === undefined) return undefined
  const session = sessionOf({ ...row, id: row.session_id, created_at: row.begun_at })
  return { session, person: personOf(row) }
}

async function prove(db: Kysely<Tables>, proof: Proof): Promise<Session | undefined> {
  const at = new Date(proof.nowMs)
  const row = await db
    .updateTable('session')
    .set({
      token_hash: proof.newTokenHash,
      stepped_up_at: at,
      stepped_up_for: proof.action,
      last_used_at: at,
      network: proof.network,
      device: proof.device,
      ...(proof.method === 'passkey' ? { authenticated_by: proof.method } : {}),
    })
    .where('id', '=', proof.id)
    .where('token_hash', '=', proof.oldTokenHash)
    .where('ended_at', 'is', null)
    .returning(sessionColumns)
    .executeTakeFirst()
  return row && sessionOf(row)
}

function sessionOf(row: SessionRow): Session {
  const { stepped_up_for: action, stepped_up_at: at } = row
  return {
    id: row.id,
    personId: row.person_id,
    authenticatedBy: row.authenticated_by,
    network: row.network,
    device: row.device,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
    stepUp: action === null || at === null ? null : { action, at },
    endedAt: row.ended_at,
  }
}
