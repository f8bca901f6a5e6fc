import { type Kysely, sql } from 'kysely'

import type { Tables } from '#adapters/postgres/database.ts'
import { violates } from '#adapters/postgres/store-errors.ts'
import type { PersonId } from '#domain/identifiers.ts'
import type { EmailChange } from '#ports/people.ts'

/** Changes an address and notes how to undo it, as one step. */
export async function changeEmail(
  db: Kysely<Tables>,
  change: EmailChange,
): Promise<'changed' | 'taken' | 'unknown'> {
  const { personId, newEmail, nowMs } = change
  try {
    return await db.transaction().execute(async (transaction) => {
      const before = await transaction
        .selectFrom('person')
        .select('email')
        .where('id', '=', personId)
        .forUpdate()
        .executeTakeFirst()
      if (before === undefined) return 'unknown'
      if (await isHeldBySomeoneElse(transaction, { personId, email: newEmail, nowMs })) {
        return 'taken'
      }
      await transaction
        .updateTable('person')
        .set({ email: newEmail })
        .where('id', '=', personId)
        .execute()
      await transaction
        .insertInto('email_change')
        .values({
          changed_at: new Date(nowMs),
          undo_until: new Date(change.undoUntilMs),
          undone_at: null,
          id: change.id,
          person_id: personId,
          old_email: before.email,
          new_email: newEmail,
          undo_hash: change.undoHash,
        })
        .execute()
      return 'changed'
    })
  } catch (error) {
    if (violates(error, 'person_email_unique')) return 'taken'
    throw error
  }
}

/** Undoes a change and every later one of the same person. */
export function undoEmailChange(
  db: Kysely<Tables>,
  undoHash: Uint8Array,
  nowMs: number,
): Promise<{ personId: PersonId; newEmail: string } | undefined> {
  const now = new Date(nowMs)
  return db.transaction().execute(async (transaction) => {
    const change = await transaction
      .selectFrom('email_change')
      .selectAll()
      .where('undo_hash', '=', undoHash)
      .where('undone_at', 'is', null)
      .where('undo_until', '>', now)
      .forUpdate()
      .executeTakeFirst()
    if (change === undefined) return undefined
    await transaction
      .updateTable('person')
      .set({ email: change.old_email })
      .where('id', '=', change.person_id)
      .execute()
    await transaction
      .updateTable('email_change')
      .set({ undone_at: now })
      .where('person_id', '=', change.person_id)
      .where('changed_at', '>=', change.changed_at)
      .where('undone_at', 'is', null)
      .execute()
    return { personId: change.person_id, newEmail: change.new_email }
  })
}

/** True while somebody may still take this address back. */
export async function isHeldForUndo(
  db: Kysely<Tables>,
  email: string,
  nowMs: number,
): Promise<boolean> {
  const { rows } = await sql`
    select 1 from email_change
    where old_email = ${email} and undone_at is null and undo_until > ${new Date(nowMs)}
    limit 1`.execute(db)
  return rows.length > 0
}

async function isHeldBySomeoneElse(
  db: Kysely<Tables>,
  { personId, email, nowMs }: { personId: PersonId; email: string; nowMs: number },
): Promise<boolean> {
  const { rows } = await sql`
    select 1 from email_change
    where old_email = ${email} and undone_at is null and undo_until > ${new Date(nowMs)}
      and person_id <> ${personId}
    limit 1`.execute(db)
  return rows.length > 0
}
