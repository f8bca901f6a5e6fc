import { type Kysely, type Selectable, sql } from 'kysely'

import type { AccountId, CredentialId } from '#domain/identifiers.ts'
import type { CredentialTest, OwnCredential, OwnModel } from '#domain/own-credentials.ts'
import type {
  NewOwnCredential,
  OwnCredentialChange,
  OwnCredentialStore,
  StoredCredential,
} from '#ports/own-credentials.ts'

import type { Tables } from './database.ts'
import type { OwnCredentialTable } from './tables.ts'

type Row = Selectable<OwnCredentialTable>

/** Customers' own credentials in the database. */
export function makePostgresOwnCredentialStore(db: Kysely<Tables>): OwnCredentialStore {
  const listRows = (accountId: AccountId) =>
    db
      .selectFrom('own_credential')
      .selectAll()
      .where('account_id', '=', accountId)
      .orderBy('created_at')
      .orderBy('id')
      .execute()

  return {
    create: (credential) => create(db, credential),

    find: async (accountId, id) => {
      const row = await db
        .selectFrom('own_credential')
        .selectAll()
        .where('id', '=', id)
        .where('account_id', '=', accountId)
        .executeTakeFirst()
      return row && credentialOf(row)
    },

    list: async (accountId) => (await listRows(accountId)).map(credentialOf),
    listSealed: async (accountId) => (await listRows(accountId)).map(storedOf),
    update: (accountId, id, change) => update(db, { accountId, id, change }),

    noteTest: async (accountId, id, test) => {
      const row = await db
        .updateTable('own_credential')
        .set({ tested_at: test.at, test_outcome: test.outcome, test_detail: test.detail })
        .where('id', '=', id)
        .where('account_id', '=', accountId)
        .returningAll()
        .executeTakeFirst()
      return row && credentialOf(row)
    },

    remove: async (accountId, id) => {
      const row = await db
        .deleteFrom('own_credential')
        .where('id', '=', id)
        .where('account_id', '=', accountId)
        .returningAll()
        .executeTakeFirst()
      return row && credentialOf(row)
    },
  }
}

async function create(
  db: Kysely<Tables>,
  given: NewOwnCredential,
): Promise<OwnCredential | undefined> {
  const { rows } = await sql<Row>`
    insert into own_credential (
      id, account_id, provider, label, secret_kind, last_four, base_url, protocol, region, models,
      key_ids, use, created_by, key_version, sealed
    )
    select
      ${given.id}, account.id, ${given.provider}, ${given.label}, ${given.secretKind},
      ${given.lastFour}, ${given.baseUrl}, ${given.protocol}, ${given.region},
      ${jsonOf(given.models)}::jsonb, ${given.keyIds && [...given.keyIds]}::text[], ${given.use},
      ${given.createdBy}, ${given.secret.keyVersion}::int4, ${given.secret.sealed}::bytea
    from account where account.id = ${given.accountId}
    returning *`.execute(db)
  return rows[0] && credentialOf(rows[0])
}

async function update(
  db: Kysely<Tables>,
  asked: { accountId: AccountId; id: CredentialId; change: OwnCredentialChange },
): Promise<OwnCredential | undefined> {
  const { label, models, keyIds, use, isEnabled, secret } = asked.change
  const row = await db
    .updateTable('own_credential')
    .set({
      changed_at: sql<Date>`now()`,
      ...(label === undefined ? {} : { label }),
      ...(models === undefined ? {} : { models: jsonOf(models) }),
      ...(keyIds === undefined ? {} : { key_ids: keyIds && [...keyIds] }),
      ...(use === undefined ? {} : { use }),
      ...(isEnabled === undefined ? {} : { is_enabled: isEnabled }),
      ...(secret === undefined
        ? {}
        : {
            secret_kind: secret.secretKind,
            last_four: secret.lastFour,
            key_version: secret.keyVersion,
            sealed: secret.sealed,
            tested_at: null,
            test_outcome: null,
            test_detail: null,
          }),
    })
    .where('id', '=', asked.id)
    .where('account_id', '=', asked.accountId)
    .returningAll()
    .executeTakeFirst()
  return row && credentialOf(row)
}

function jsonOf(models: readonly OwnModel[] | null): string | null {
  return models === null ? null : JSON.stringify(models)
}

function storedOf(row: Row): StoredCredential {
  const secret = { keyVersion: row.key_version, sealed: new Uint8Array(row.sealed) }
  return { credential: credentialOf(row), secret }
}

function credentialOf(row: Row): OwnCredential {
  return {
    id: row.id,
    accountId: row.account_id,
    provider: row.provider,
    label: row.label,
    secretKind: row.secret_kind,
    lastFour: row.last_four,
    baseUrl: row.base_url,
    protocol: row.protocol,
    region: row.region,
    // Written by `jsonOf` and by nobody else; the table checks that it is an array.
    models: row.models as readonly OwnModel[] | null,
    keyIds: row.key_ids,
    use: row.use,
    isEnabled: row.is_enabled,
    createdBy: row.created_by,
    createdAt: row.created_at,
    lastTest: testOf(row),
  }
}

function testOf(row: Row): CredentialTest | null {
  const { tested_at: at, test_outcome: outcome, test_detail: detail } = row
  return at === null || outcome === null || detail === null ? null : { at, outcome, detail }
}
