import { closeSync, existsSync, openSync, rmSync } from 'node:fs'
import { join } from 'node:path'

import { readFirstRun, writeFirstRun, type FirstRun } from './first-run-file.ts'
import { makeFirstAccounts, peopleOf, type FirstPeople, type SetupStores } from './setup.ts'

/** Where and how a first run hands over what it made. */
export interface FirstRunPlace {
  readonly dataFolder: string
  /** The address of the server. */
  readonly url: string
  /** Who signs in to the first accounts; left out: the addresses of a machine of one's own. */
  readonly people?: FirstPeople
}

/** An interrupted first run has made no more accounts than this: other databases are never touched. */
const firstAccountsMax = 2

/**
 * On an empty database, makes the first accounts and writes `first-run.json`; returns what it wrote. On
 * any other, returns undefined and only brings the address in an existing file up to date. A first run
 * that was interrupted is finished by the next one.
 */
export async function runFirstTime(
  stores: SetupStores,
  place: FirstRunPlace,
): Promise<FirstRun | undefined> {
  const begun = join(place.dataFolder, 'first-run.begun')
  const { accounts } = await stores.accounts.list({ limit: firstAccountsMax + 1, after: null })
  const mayGoOn = existsSync(begun) && accounts.length <= firstAccountsMax
  if (accounts.length > 0 && !mayGoOn) {
    refreshAddress(place)
    return undefined
  }
  closeSync(openSync(begun, 'w', 0o600))
  const firstRun = await handOver(stores, place)
  rmSync(begun)
  return firstRun
}

/** Makes the first accounts and writes the file, whatever there is. Returns what it wrote. */
export async function handOver(stores: SetupStores, place: FirstRunPlace): Promise<FirstRun> {
  const people = place.people ?? peopleOf(null)
  const { operatorToken, apiKey, accountId } = await makeFirstAccounts(stores, people)
  const firstRun: FirstRun = {
    url: place.url,
    api_key: apiKey,
    operator_token: operatorToken,
    account_id: accountId,
    ...(people.customerEmail === null ? {} : { email: people.customerEmail }),
    ...(people.operatorEmail === null ? {} : { operator_email: people.operatorEmail }),
  }
  writeFirstRun(place.dataFolder, firstRun)
  return firstRun
}

/** The commands find the server through this file, also after it has moved to another port. */
function refreshAddress({ dataFolder, url }: FirstRunPlace): void {
  const firstRun = readFirstRun(dataFolder)
  if (firstRun !== undefined && firstRun.url !== url)
    writeFirstRun(dataFolder, { ...firstRun, url })
}
