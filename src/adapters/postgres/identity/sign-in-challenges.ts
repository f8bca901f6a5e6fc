import { type Kysely, sql } from 'kysely'

import type { Tables } from '#adapters/postgres/database.ts'
import { challengeKeptMs, challengeTriesMax, knownNetworkMs } from '#domain/limits.ts'
import {
  shortTries30DaysMs,
  shortTriesHourMs,
  type ChallengePurpose,
  type ChallengeTally,
} from '#domain/sign-in.ts'
import type { ChallengeStore } from '#ports/sign-in-challenges.ts'

type Wish = Parameters<ChallengeStore['open']>[0]
type Attempt = Parameters<ChallengeStore['attempt']>[0]

const hourMs = 60 * 60_000
const dayMs = 24 * hourMs

/** Codes in the database. */
export function makePostgresChallengeStore(db: Kysely<Tables>): ChallengeStore {
  return {
    open: (wish) => db.transaction().execute((transaction) => open(transaction, wish)),
    find: async (idHash, nowMs) => {
      const row = await db
        .selectFrom('sign_in_challenge')
        .select(['purpose', 'person_id', 'email'])
        .where('id_hash', '=', idHash)
        .where('consumed_at', 'is', null)
        .where('expires_at', '>', new Date(nowMs))
        .where('failed_count', '<', challengeTriesMax)
        .executeTakeFirst()
      if (row === undefined || row.email === null) return undefined
      const purpose = row.purpose as ChallengePurpose
      return { purpose, personId: row.person_id, email: row.email }
    },
    attempt: (attempt) => tryCode(db, attempt),
    removeOld: async (nowMs) => {
      await db
        .deleteFrom('sign_in_challenge')
        .where('created_at', '<', new Date(nowMs - challengeKeptMs))
        .execute()
      await db
        .updateTable('sign_in_challenge')
        .set({ email: null })
        .where('email', 'is not', null)
        .where('expires_at', '<', new Date(nowMs))
        .execute()
    },
  }
}

async function open(transaction: Kysely<Tables>, wish: Wish): Promise<void> {
  const { addressHash, network, nowMs } = wish
  // Always in the same order, so that two wishes never wait for each other.
  await sql`
    select pg_advisory_xact_lock(hashtextextended(name, 0)) from (
      select name from (values (${`address ${Buffer.from(addressHash).toString('hex')}`}),
        (${`network ${network}`})) as names (name) order by name
    ) as ordered`.execute(transaction)
  const tally = await count(transaction, wish)
  const challenge = wish.decide(tally)
  if (challenge === undefined) return
  await transaction
    .insertInto('sign_in_challenge')
    .values({
      created_at: new Date(nowMs),
      expires_at: new Date(challenge.expiresAtMs),
      consumed_at: null,
      is_short: challenge.isShort,
      from_known_network: tally.isKnownNetwork,
      purpose: challenge.purpose,
      person_id: challenge.personId,
      email: challenge.email,
      network,
      id_hash: challenge.idHash,
      address_hash: addressHash,
      code_hash: challenge.codeHash,
    })
    .execute()
}

async function count(transaction: Kysely<Tables>, wish: Wish): Promise<ChallengeTally> {
  const { addressHash, network, nowMs, email } = wish
  const since = (spanMs: number) => new Date(nowMs - spanMs)
  const addressSends = await transaction
    .selectFrom('sign_in_challenge')
    .select(['created_at', 'from_known_network'])
    .where('address_hash', '=', addressHash)
    .where('created_at', '>', since(dayMs))
    .orderBy('created_at')
    .execute()
  const networkSends = await transaction
    .selectFrom('sign_in_challenge')
    .select('created_at')
    .where('network', '=', network)
    .where('created_at', '>', since(hourMs))
    .orderBy('created_at')
    .execute()
  const tries = sql`case when consumed_at is null and expires_at > ${new Date(nowMs)}
    then ${challengeTriesMax}::int4 else failed_count end`
  const { rows } = await sql<{
    hour: number
    month: number
    minute: number
    known: boolean
  }>`
    select
      coalesce(sum(${tries}) filter (where created_at > ${since(shortTriesHourMs)}), 0)::int4 as hour,
      coalesce(sum(${tries}), 0)::int4 as month,
      (select count(*)::int4 from sign_in_challenge where created_at > ${since(60_000)}) as minute,
      exists (
        select 1 from session join person on person.id = session.person_id
        where person.email = ${email} and session.network = ${network}
          and session.created_at > ${since(knownNetworkMs)}
      ) as known
    from sign_in_challenge
    where address_hash = ${addressHash} and is_short and created_at > ${since(shortTries30DaysMs)}
  `.execute(transaction)
  const [found] = rows
  return {
    addressSends: addressSends.map((row) => ({
      atMs: row.created_at.getTime(),
      fromKnownNetwork: row.from_known_network,
    })),
    networkSendsMs: networkSends.map((row) => row.created_at.getTime()),
    shortTriesInHour: found?.hour ?? 0,
    shortTriesIn30Days: found?.month ?? 0,
    isKnownNetwork: found?.known ?? false,
    sendsInMinute: found?.minute ?? 0,
  }
}

/** One statement: of many that come at once, the row lets one after the other in. */
async function tryCode(db: Kysely<Tables>, { idHash, codeHash, consume, nowMs }: Attempt) {
  const now = new Date(nowMs)
  const { rows } = await sql<{ right: boolean; failed: number }>`
    update sign_in_challenge set
      failed_count = failed_count + case when code_hash = ${codeHash} then 0 else 1 end,
      consumed_at = case when code_hash = ${codeHash} and ${consume}::boolean
        then ${now}::timestamptz end
    where id_hash = ${idHash} and consumed_at is null and expires_at > ${now}
      and failed_count < ${challengeTriesMax}
    returning code_hash = ${codeHash} as "right", failed_count as failed`.execute(db)
  const [row] = rows
  if (row === undefined) return { kind: 'over' } as const
  if (row.right) return { kind: 'right' } as const
  return { kind: 'wrong', triesLeft: challengeTriesMax - row.failed } as const
}
