/**
 * A process that a test kills: it takes a data folder, opens the embedded database in it, says what is
 * stored, and then writes for ever, saying each number once its transaction is acknowledged.
 */
import { randomBytes } from 'node:crypto'
import { writeSync } from 'node:fs'

import { makePostgresAccountStore } from '#adapters/postgres/accounts.ts'
import { openDataFolder } from '#adapters/postgres/data-folder.ts'
import { openDatabase } from '#adapters/postgres/database.ts'
import { migrate } from '#adapters/postgres/migrate.ts'
import { makeAccountId } from '#domain/identifiers.ts'

/** One line of what the process says. */
export type WriterLine =
  | { readonly kind: 'starting' }
  | {
      readonly kind: 'stored'
      readonly numbers: readonly number[]
      /** Accounts whose change of status and its history, one transaction, do not agree. */
      readonly torn: readonly string[]
    }
  | { readonly kind: 'acknowledged'; readonly number: number }

/** Written at once, past every buffer of this process. */
function say(line: WriterLine): void {
  writeSync(1, `${JSON.stringify(line)}\n`)
}

const dataFolder = openDataFolder(process.argv[2] ?? '')
say({ kind: 'starting' })
const database = await openDatabase({ kind: 'folder', folder: dataFolder.databaseFolder })
await migrate(database)
const accounts = makePostgresAccountStore(database.db)

const rows = await database.db
  .selectFrom('account')
  .leftJoin('account_status_change', 'account_status_change.account_id', 'account.id')
  .select(['account.id', 'display_name', 'account.status', 'account_status_change.status as past'])
  .execute()
say({
  kind: 'stored',
  numbers: rows.map(({ display_name }) => Number(display_name)),
  torn: rows
    .filter(({ status, past }) => (status === 'suspended') !== (past === 'suspended'))
    .map(({ id }) => id),
})

let number = rows.reduce((most, { display_name }) => Math.max(most, Number(display_name)), 0)
for (;;) {
  number += 1
  const { id } = await accounts.create({
    id: makeAccountId(randomBytes),
    role: 'customer',
    displayName: String(number),
    email: null,
    contentMode: 'none',
  })
  await accounts.setStatus({ id, status: 'suspended', reason: null, actorKeyId: null })
  say({ kind: 'acknowledged', number })
}
