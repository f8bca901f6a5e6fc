import { type Kysely, sql } from 'kysely'

import type { Tables } from '#adapters/postgres/database.ts'
import type { SecurityEventStore } from '#ports/security-events.ts'

/** The log of security events in the database. */
export function makePostgresSecurityEventStore(db: Kysely<Tables>): SecurityEventStore {
  return {
    insert: async (events) => {
      if (events.length === 0) return
      await db
        .insertInto('security_event')
        .values(
          events.map((event) => ({
            happened_at: event.at,
            kind: event.kind,
            person_id: event.personId,
            account_id: event.accountId,
            session_id: event.sessionId,
            key_id: event.keyId,
            request_id: event.requestId,
            client_ip: event.clientIp,
            device: event.device,
            detail: event.detail,
          })),
        )
        .execute()
    },
    list: async ({ personId, accountId, limit, after }) => {
      let query = db.selectFrom('security_event').selectAll()
      if (personId !== null) query = query.where('person_id', '=', personId)
      if (accountId !== null) query = query.where('account_id', '=', accountId)
      if (after !== null) query = query.where('id', '<', after)
      const rows = await query.orderBy('id', 'desc').limit(limit).execute()
      return rows.map((row) => ({
        id: row.id,
        kind: row.kind,
        at: row.happened_at,
        personId: row.person_id,
        accountId: row.account_id,
        sessionId: row.session_id,
        keyId: row.key_id,
        requestId: row.request_id,
        clientIp: row.client_ip,
        device: row.device,
        detail: row.detail,
      }))
    },
    shortenAddresses: async (beforeMs) => {
      await sql`
        update security_event set client_ip = host(network(set_masklen(client_ip::inet,
          case family(client_ip::inet) when 4 then 24 else 48 end))) || case family(client_ip::inet)
          when 4 then '/24' else '/48' end
        where happened_at < ${new Date(beforeMs)} and client_ip is not null
          and client_ip not like '%/%'`.execute(db)
    },
    removeOld: async (beforeMs) => {
      await db.deleteFrom('security_event').where('happened_at', '<', new Date(beforeMs)).execute()
    },
  }
}
