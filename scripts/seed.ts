import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'

import { systemClock } from '#app/clock.ts'
import { readConfiguration } from '#app/read-configuration.ts'
import { openStores, type Stores } from '#app/stores.ts'
import { usualKeyScopes } from '#domain/accounts.ts'
import { pricesOf } from '#domain/catalogue.ts'
import { type AccountId, makeAccountId, makeGrantId, makeKeyId } from '#domain/identifiers.ts'
import { makeApiKey } from '#domain/keys.ts'
import { settleBatchChargesMax } from '#domain/limits.ts'
import { nanoUsd } from '#domain/money.ts'
import { type RequestMaker, makeRequests } from '#test/requests/busy-account.ts'
import { makeChance } from '#test/simulation/chance.ts'

/**
 * `npm run seed -- requests --rows 1000000`: fills the database of the server's own settings with one account
 * that has been busy for a while. Everything goes through the stores, so charges, sums and log agree to the
 * nano-dollar. The same seed makes the same requests.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rows: { type: 'string', default: '10000' },
    days: { type: 'string', default: '30' },
    seed: { type: 'string', default: '1' },
    account: { type: 'string' },
  },
})

const scenarios = ['requests']
const dayMs = 86_400_000

async function main(): Promise<void> {
  const [scenario = ''] = positionals
  if (!scenarios.includes(scenario)) {
    process.stderr.write(`Name a scenario: ${scenarios.join(', ')}.\n`)
    process.exitCode = 2
    return
  }
  const configuration = readConfiguration(process.env, new Date())
  const stores = await openStores(configuration.settings, { report: say })
  try {
    await stores.prices.record(pricesOf(configuration.catalogue))
    const chance = makeChance(Number(values.seed))
    const account = await accountToFill(stores)
    const nowMs = systemClock.nowMs()
    const maker = makeRequests({
      ...account,
      endpoints: configuration.catalogue.models.flatMap((model) =>
        model.endpoints.map((endpoint) => ({ model, endpoint })),
      ),
      nextMs: () => Math.floor(nowMs - chance.number() * Number(values.days) * dayMs),
      chance,
    })
    await fill(stores, maker, Number(values.rows))
    say(`Filled ${account.accountId}.`)
  } finally {
    await stores.close()
  }
}

async function accountToFill(stores: Stores) {
  const keyIds = Array.from({ length: 6 }, () => makeKeyId(randomBytes))
  const accountId = (values.account as AccountId | undefined) ?? (await makeAccount(stores))
  for (const [place, id] of keyIds.entries()) {
    const secret = makeApiKey('inference', randomBytes)
    await stores.apiKeys.create({
      ...{ id, accountId, kind: 'inference', name: keyNames[place] ?? 'spare' },
      ...{
        prefix: secret.slice(0, 4),
        lastFour: secret.slice(-4),
        hash: new Uint8Array(randomBytes(32)),
      },
      ...{ contentMode: null, limits: null, expiresAt: null, scopes: usualKeyScopes },
      ...{ projectId: null, createdBy: null },
    })
  }
  await stores.ledger.grant({
    ...{ id: makeGrantId(randomBytes), accountId, kind: 'paid', priority: 300, expiresAt: null },
    ...{
      amountNanoUsd: nanoUsd(100_000_000_000_000n),
      note: 'seeded',
      effectKey: `seed:${keyIds[0]}`,
    },
  })
  return { accountId, keyIds }
}

const keyNames = ['production', 'staging', 'laptop', 'ci', 'notebooks', 'support bot']

async function makeAccount({ accounts }: Stores): Promise<AccountId> {
  const id = makeAccountId(randomBytes)
  await accounts.create({
    ...{ id, role: 'customer', displayName: 'A busy account', email: null, contentMode: 'full' },
  })
  return id
}

async function fill(stores: Stores, maker: RequestMaker, rows: number): Promise<void> {
  const began = systemClock.monotonicMs()
  for (let done = 0; done < rows; done += settleBatchChargesMax) {
    const batch = maker.next(Math.min(settleBatchChargesMax, rows - done))
    await stores.ledger.settle(batch.charges)
    await stores.generations.insert(batch.records)
    if (done % 50_000 === 0) say(`${done} of ${rows}`)
  }
  const seconds = (systemClock.monotonicMs() - began) / 1000
  say(`${rows} requests in ${seconds.toFixed(1)} s`)
}

function say(text: string): void {
  process.stderr.write(`${text}\n`)
}

await main()
