import { randomBytes } from 'node:crypto'

import type { Kysely } from 'kysely'

import type { Tables } from '#adapters/postgres/database.ts'
import { makePostgresGenerationStore } from '#adapters/postgres/generations.ts'
import { readConfiguration } from '#app/read-configuration.ts'
import { assert } from '#domain/faults.ts'
import type { GenerationRecord } from '#domain/generation.ts'
import { type AccountId, makeAccountId, makeKeyId } from '#domain/identifiers.ts'
import { makeChance } from '#test/simulation/chance.ts'

import { makeRequests } from './busy-account.ts'

/** A busy account and all that it asked for. */
export interface FilledLog {
  readonly accountId: AccountId
  readonly records: readonly GenerationRecord[]
}

/** How much is written. Equal seeds make equal ids: one log takes them once. */
export interface Filling {
  readonly mine: number
  readonly othersPerHundred: number
  readonly seed: number
}

const batch = 200

/**
 * Writes the requests of a new busy account, two a minute, and between them some of accounts whose ids come before
 * and after its own.
 */
export async function fillLog(
  db: Kysely<Tables>,
  { mine, othersPerHundred, seed }: Filling,
): Promise<FilledLog> {
  const { catalogue } = readConfiguration({}, new Date())
  const chance = makeChance(seed)
  let atMs = Date.UTC(2030, 0, 1)
  const makers = Array.from({ length: 7 }, () => makeAccountId(randomBytes))
    .toSorted()
    .map((accountId) => ({
      accountId,
      requests: makeRequests({
        accountId,
        keyIds: Array.from({ length: 6 }, () => makeKeyId(randomBytes)),
        endpoints: catalogue.models.flatMap((model) =>
          model.endpoints.map((endpoint) => ({ model, endpoint })),
        ),
        nextMs: () => (atMs += chance.between(0, 60_000)),
        chance,
      }),
    }))
  const [busy] = makers.splice(3, 1)
  assert(busy !== undefined, 'one account is busy')
  const store = makePostgresGenerationStore(db)
  const records: GenerationRecord[] = []
  while (records.length < mine) {
    const own = busy.requests.next(Math.min(batch, mine - records.length)).records
    const others = chance.pick(makers).requests.next((batch * othersPerHundred) / 100).records
    records.push(...own)
    await store.insert([...own, ...others])
  }
  return { accountId: busy.accountId, records }
}
