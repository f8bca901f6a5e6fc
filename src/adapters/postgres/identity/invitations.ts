import { type Kysely, type Selectable, sql } from 'kysely'

import type { Tables } from '#adapters/postgres/database.ts'
import { assert } from '#domain/faults.ts'
import type { AccountId } from '#domain/identifiers.ts'
import type { Invitation, InvitationTally } from '#domain/invitations.ts'
import type {
  InvitationAcceptance,
  InvitationChange,
  InvitationStore,
  NewInvitation,
} from '#ports/invitations.ts'

import type { InvitationTable } from './tables.ts'

const dayMs = 24 * 60 * 60_000

/** Invitations in the database. */
export function makePostgresInvitationStore(db: Kysely<Tables>): InvitationStore {
  return {
    create: (made, decide) =>
      db.transaction().execute(async (transaction): Promise<InvitationChange> => {
        const { accountId, email, nowMs } = made
        if (!(await lock(transaction, accountId, email))) return { kind: 'unknown' }
        const tally = await count(transaction, { accountId, email, nowMs, own: null })
        const reason = decide(tally)
        if (reason !== 'send') return { kind: 'refused', reason }
        return { kind: 'sent', invitation: await insert(transaction, made) }
      }),
    renew: ({ id, accountId, tokenHash, expiresAtMs, nowMs }, decide) =>
      db.transaction().execute(async (transaction): Promise<InvitationChange> => {
        const found = await selectOpen(transaction, accountId)
          .where('id', '=', id)
          .executeTakeFirst()
        if (found === undefined || !(await lock(transaction, accountId, found.email))) {
          return { kind: 'unknown' }
        }
        // What was read before the lock may have changed while it was waited for.
        const own = await selectOpen(transaction, accountId).where('id', '=', id).executeTakeFirst()
        if (own === undefined) return { kind: 'unknown' }
        const tally = await count(transaction, { accountId, email: own.email, nowMs, own })
        const reason = decide(tally)
        if (reason !== 'send') return { kind: 'refused', reason }
        const row = await transaction
          .updateTable('invitation')
          .set({
            last_sent_at: new Date(nowMs),
            expires_at: new Date(expiresAtMs),
            sent_count: own.sent_count + 1,
            token_hash: tokenHash,
          })
          .where('id', '=', id)
          .returningAll()
          .executeTakeFirstOrThrow()
        return { kind: 'sent', invitation: invitationOf(row) }
      }),
    list: async (accountId) => {
      const rows = await selectOpen(db, accountId)
        .orderBy('created_at', 'desc')
        .orderBy('id')
        .execute()
      return rows.map(invitationOf)
    },
    findByToken: async (tokenHash, nowMs) => {
      const row = await selectUsable(db, tokenHash, nowMs).executeTakeFirst()
      return row && invitationOf(row)
    },
    revoke: async (id, accountId, nowMs) => {
      const { numUpdatedRows } = await db
        .updateTable('invitation')
        .set({ ended_at: new Date(nowMs) })
        .where('id', '=', id)
        .where('account_id', '=', accountId)
        .where('ended_at', 'is', null)
        .executeTakeFirst()
      return numUpdatedRows > 0n
    },
    accept: (acceptance) =>
      db.transaction().execute((transaction) => accept(transaction, acceptance)),
    removeOld: async (endedBeforeMs) => {
      const before = new Date(endedBeforeMs)
      await db
        .deleteFrom('invitation')
        .where((each) => each.or([each('expires_at', '<', before), each('ended_at', '<', before)]))
        .execute()
    },
  }
}

/**
 * Changes of an account's invitations take turns, and so do mails to one address; always in this order, so
 * that two never wait for each other. False when there is no such account.
 */
async function lock(
  transaction: Kysely<Tables>,
  accountId: AccountId,
  email: string,
): Promise<boolean> {
  const account = await transaction
    .selectFrom('account')
    .select('id')
    .where('id', '=', accountId)
    .forNoKeyUpdate()
    .executeTakeFirst()
  await sql`select pg_advisory_xact_lock(hashtextextended(${`invite ${email}`}, 0))`.execute(
    transaction,
  )
  return account !== undefined
}

async function count(
  transaction: Kysely<Tables>,
  asked: {
    readonly accountId: AccountId
    readonly email: string
    readonly nowMs: number
    readonly own: Selectable<InvitationTable> | null
  },
): Promise<InvitationTally> {
  const { accountId, email, nowMs, own } = asked
  const since = new Date(nowMs - dayMs)
  const ownId = own?.id ?? ''
  const { rows } = await sql<{
    is_member: boolean
    is_invited: boolean
    people: number
    account_mails: number
    address_mails: number
  }>`
    with open as (
      select email from invitation
      where account_id = ${accountId} and ended_at is null and id <> ${ownId}
        and expires_at > ${new Date(nowMs)}
    )
    select
      exists (select 1 from membership join person on person.id = person_id
        where account_id = ${accountId} and person.email = ${email}) as is_member,
      exists (select 1 from open where email = ${email}) as is_invited,
      ((select count(*) from membership where account_id = ${accountId})
        + (select count(*) from open))::int4 as people,
      (select coalesce(sum(sent_count), 0)::int4 from invitation
        where account_id = ${accountId} and last_sent_at > ${since}) as account_mails,
      (select coalesce(sum(sent_count), 0)::int4 from invitation
        where email = ${email} and last_sent_at > ${since}) as address_mails`.execute(transaction)
  const [row] = rows
  assert(row !== undefined, 'a count is always one row')
  return {
    isMember: row.is_member,
    isInvited: row.is_invited,
    peopleCount: row.people,
    accountMailsInDay: row.account_mails,
    addressMailsInDay: row.address_mails,
    own:
      own === null ? null : { sentCount: own.sent_count, lastSentAtMs: own.last_sent_at.getTime() },
  }
}

async function insert(transaction: Kysely<Tables>, made: NewInvitation): Promise<Invitation> {
  const at = new Date(made.nowMs)
  // One that ran out makes room.
  await transaction
    .updateTable('invitation')
    .set({ ended_at: at })
    .where('account_id', '=', made.accountId)
    .where('email', '=', made.email)
    .where('ended_at', 'is', null)
    .execute()
  const row = await transaction
    .insertInto('invitation')
    .values({
      created_at: at,
      last_sent_at: at,
      expires_at: new Date(made.expiresAtMs),
      ended_at: null,
      id: made.id,
      account_id: made.accountId,
      email: made.email,
      role: made.role,
      invited_by: made.invitedBy,
      token_hash: made.tokenHash,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  return invitationOf(row)
}

async function accept(
  transaction: Kysely<Tables>,
  { tokenHash, personId, email, nowMs }: InvitationAcceptance,
): Promise<Invitation | undefined> {
  const row = await selectUsable(transaction, tokenHash, nowMs)
    .where('email', '=', email)
    .forUpdate()
    .executeTakeFirst()
  if (row === undefined) return undefined
  const at = new Date(nowMs)
  await transaction
    .updateTable('invitation')
    .set({ ended_at: at })
    .where('id', '=', row.id)
    .execute()
  await transaction
    .insertInto('membership')
    .values({ created_at: at, account_id: row.account_id, person_id: personId, role: row.role })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  return invitationOf(row)
}

function selectOpen(db: Kysely<Tables>, accountId: AccountId) {
  return db
    .selectFrom('invitation')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('ended_at', 'is', null)
}

function selectUsable(db: Kysely<Tables>, tokenHash: Uint8Array, nowMs: number) {
  return db
    .selectFrom('invitation')
    .selectAll()
    .where('token_hash', '=', tokenHash)
    .where('ended_at', 'is', null)
    .where('expires_at', '>', new Date(nowMs))
}

function invitationOf(row: Selectable<InvitationTable>): Invitation {
  return {
    id: row.id,
    accountId: row.account_id,
    email: row.email,
    role: row.role,
    invitedBy: row.invited_by,
    createdAt: row.created_at,
    lastSentAt: row.last_sent_at,
    sentCount: row.sent_count,
    expiresAt: row.expires_at,
  }
}
