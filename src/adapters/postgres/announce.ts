import { sql } from 'kysely'

import type { Database } from './database.ts'
import type { Channel } from './listener.ts'

/**
 * Tells every process of this database that listens on the channel, this one included. Fast and not
 * guaranteed: a listener whose connection is away does not hear it. Throws `StoreUnavailable`.
 */
export async function announce(
  { db }: Pick<Database, 'db'>,
  message: { readonly channel: Channel; readonly payload: string },
): Promise<void> {
  await sql`select pg_notify(${message.channel}, ${message.payload})`.execute(db)
}
