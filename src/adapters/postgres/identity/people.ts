import { type Kysely, type Selectable, sql, type Transaction } from 'kysely'

import { accountOf } from '#adapters/postgres/accounts.ts'
import type { Tables } from '#adapters/postgres/database.ts'
import { violates } from '#adapters/postgres/store-errors.ts'
import { assert } from '#domain/faults.ts'
import type { AccountId, PersonId } from '#domain/identifiers.ts'
import type { Membership, MembershipWithAccount, Person, PolicyAcceptance } from '#domain/people.ts'
import type { Member, MembershipChange, PeopleStore, SignUp } from '#ports/people.ts'

import { changeEmail, isHeldForUndo, undoEmailChange } from './email-changes.ts'
import type { MembershipTable, PersonTable } from './tables.ts'

/** People and their places in accounts, in the database. */
export function makePostgresPeopleStore(db: Kysely<Tables>): PeopleStore {
  return {
    signUp: (made) => signUp(db, made),
    find: async (id) => {
      const row = await selectPeople(db).where('person.id', '=', id).executeTakeFirst()
      return row && personOf(row)
    },
    findByEmail: async (email) => {
      const row = await selectPeople(db).where('person.email', '=', email).executeTakeFirst()
      return row && personOf(row)
    },
    update: async (id, change) => {
      const set = {
        ...(change.displayName === undefined ? {} : { display_name: change.displayName }),
        ...(change.locale === undefined ? {} : { locale: change.locale }),
      }
      if (Object.keys(set).length > 0) {
        await db.updateTable('person').set(set).where('id', '=', id).execute()
      }
      const row = await selectPeople(db).where('person.id', '=', id).executeTakeFirst()
      return row && personOf(row)
    },
    acceptPolicy: ({ personId, document, version, nowMs }) =>
      acceptPolicies(db, { id: personId, accepted: { [document]: version }, nowMs }),
    memberships: (id) => memberships(db, { personId: id }),
    findMembership: async (personId, accountId) =>
      (await memberships(db, { personId, accountId }))[0],
    members: (accountId) => members(db, accountId),
    putMembership: (put) =>
      db.transaction().execute(async (transaction) => {
        const { personId, accountId, role, nowMs } = put
        if (!(await lockAccount(transaction, accountId))) return 'unknown'
        if (role !== 'owner' && (await isLastOwner(transaction, personId, accountId))) {
          return 'last_owner'
        }
        const { rows } = await sql`
          insert into membership (created_at, account_id, person_id, role)
          select ${new Date(nowMs)}, ${accountId}, id, ${role} from person where id = ${personId}
          on conflict (account_id, person_id) do update set role = excluded.role
          returning 1`.execute(transaction)
        return rows.length === 1 ? 'done' : 'unknown'
      }),
    removeMembership: (personId, accountId) =>
      db.transaction().execute(async (transaction): Promise<MembershipChange> => {
        if (!(await lockAccount(transaction, accountId))) return 'unknown'
        if (await isLastOwner(transaction, personId, accountId)) return 'last_owner'
        const { numDeletedRows } = await transaction
          .deleteFrom('membership')
          .where('account_id', '=', accountId)
          .where('person_id', '=', personId)
          .executeTakeFirst()
        return numDeletedRows > 0n ? 'done' : 'unknown'
      }),
    changeEmail: (change) => changeEmail(db, change),
    undoEmailChange: async (undoHash, nowMs) => {
      const undone = await undoEmailChange(db, undoHash, nowMs)
      if (undone === undefined) return undefined
      const row = await selectPeople(db)
        .where('person.id', '=', undone.personId)
        .executeTakeFirstOrThrow()
      return { person: personOf(row), newEmail: undone.newEmail }
    },
    isHeldForUndo: (email, nowMs) => isHeldForUndo(db, email, nowMs),
  }
}

async function signUp(
  db: Kysely<Tables>,
  { person, account, role, nowMs }: SignUp,
): Promise<Person | undefined> {
  const at = new Date(nowMs)
  try {
    await db.transaction().execute(async (transaction) => {
      await transaction
        .insertInto('person')
        .values({
          created_at: at,
          id: person.id,
          email: person.email,
          display_name: person.displayName,
          locale: person.locale,
          age_statement: person.ageStatement,
        })
        .execute()
      if ('displayName' in account) {
        const { id, role: kind, displayName, email, contentMode, region = null } = account
        const values = { id, role: kind, display_name: displayName, email, region }
        await transaction
          .insertInto('account')
          .values({ ...values, content_mode: contentMode })
          .execute()
      }
      await transaction
        .insertInto('membership')
        .values({ created_at: at, account_id: account.id, person_id: person.id, role })
        .execute()
      await acceptPolicies(transaction, { id: person.id, accepted: person.acceptedPolicies, nowMs })
    })
  } catch (error) {
    if (violates(error, 'person_email_unique')) return undefined
    throw error
  }
  const row = await selectPeople(db).where('person.id', '=', person.id).executeTakeFirstOrThrow()
  return personOf(row)
}

async function acceptPolicies(
  db: Kysely<Tables>,
  { id, accepted, nowMs }: { id: PersonId; accepted: object; nowMs: number },
): Promise<void> {
  for (const [document, version] of Object.entries(accepted)) {
    await sql`
      insert into policy_acceptance (accepted_at, person_id, document, version)
      select ${new Date(nowMs)}, id, ${document}, ${version} from person where id = ${id}
      on conflict do nothing`.execute(db)
  }
}

/** A row of a person with the policies beside it, as JSON. */
export type PersonRow = Selectable<PersonTable> & { readonly policies: unknown }

/** The policies that a person accepted, oldest first, as one JSON value of the row. */
export const policiesOfPerson = sql<unknown>`(
  select coalesce(json_agg(json_build_object('document', document, 'version', version,
    'at_ms', extract(epoch from accepted_at) * 1000) order by accepted_at, version), '[]')
  from policy_acceptance where person_id = person.id)`

function selectPeople(db: Kysely<Tables>) {
  return db.selectFrom('person').selectAll('person').select(policiesOfPerson.as('policies'))
}

/** The person that a row is. */
export function personOf(row: PersonRow): Person {
  return {
    id: row.id,
    email: row.email,
    displayName: row.display_name,
    locale: row.locale,
    ageStatement: row.age_statement,
    acceptedPolicies: policiesOf(row.policies),
    createdAt: row.created_at,
  }
}

function policiesOf(rows: unknown): readonly PolicyAcceptance[] {
  assert(Array.isArray(rows), 'policies are read as a list')
  return rows.map((row: { document: 'privacy'; version: string; at_ms: number }) => ({
    document: row.document,
    version: row.version,
    acceptedAt: new Date(row.at_ms),
  }))
}

async function memberships(
  db: Kysely<Tables>,
  { personId, accountId }: { personId: PersonId; accountId?: AccountId },
): Promise<readonly MembershipWithAccount[]> {
  let query = db
    .selectFrom('membership')
    .innerJoin('account', 'account.id', 'membership.account_id')
    .selectAll('account')
    .select([
      'membership.person_id',
      'membership.account_id',
      'membership.role as member_role',
      'membership.created_at as member_since',
    ])
    .where('membership.person_id', '=', personId)
  if (accountId !== undefined) query = query.where('membership.account_id', '=', accountId)
  const rows = await query.orderBy('membership.created_at').orderBy('account_id').execute()
  return rows.map((row) => ({
    account: accountOf(row),
    membership: membershipOf({ ...row, role: row.member_role, created_at: row.member_since }),
  }))
}

async function members(db: Kysely<Tables>, accountId: AccountId): Promise<readonly Member[]> {
  const rows = await selectPeople(db)
    .innerJoin('membership', 'membership.person_id', 'person.id')
    .select(['account_id', 'person_id', 'role', 'membership.created_at as member_since'])
    .where('account_id', '=', accountId)
    .orderBy('membership.created_at')
    .orderBy('person_id')
    .execute()
  return rows.map((row) => ({
    person: personOf(row),
    membership: membershipOf({ ...row, created_at: row.member_since }),
  }))
}

function membershipOf(row: Selectable<MembershipTable>): Membership {
  return {
    personId: row.person_id,
    accountId: row.account_id,
    role: row.role,
    createdAt: row.created_at,
  }
}

/** Changes of an account's members take turns, so that two owners cannot remove each other at once. */
async function lockAccount(
  transaction: Transaction<Tables>,
  accountId: AccountId,
): Promise<boolean> {
  const row = await transaction
    .selectFrom('account')
    .select('id')
    .where('id', '=', accountId)
    .forNoKeyUpdate()
    .executeTakeFirst()
  return row !== undefined
}

async function isLastOwner(
  transaction: Transaction<Tables>,
  personId: PersonId,
  accountId: AccountId,
): Promise<boolean> {
  const owners = await transaction
    .selectFrom('membership')
    .select('person_id')
    .where('account_id', '=', accountId)
    .where('role', '=', 'owner')
    .execute()
  return owners.length === 1 && owners[0]?.person_id === personId
}
