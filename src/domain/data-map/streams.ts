import type { StreamMap } from './data-rule.ts'
import { accountFact, bookFact, deviceFact, operational, secret } from './rules.ts'

/** Everything that rests outside the database, in the data folder or in what the process prints. */
export const streams = {
  journal: {
    ...bookFact,
    place: 'the folder `journal` of the data folder',
    holds:
      'admissions, charges and request-log lines (with address and user agent where they are logged) ' +
      'until the database has them; never messages or outputs',
    retention: 'journal',
    legalBasis: 'contract',
    exportable: false,
    erase: 'delete',
  },
  incomplete_database: {
    ...accountFact,
    place: 'folders `database.incomplete-…` of the data folder, where there are any',
    holds:
      'an embedded database that could not be opened, set aside whole instead of deleted: ' +
      'what the tables hold, as far as it goes',
    retention: 'until_first_use',
    exportable: false,
  },
  master_key: {
    ...secret,
    place: '`master.key` in the data folder, unless a key is given by the environment',
    holds: 'the key that wraps the data keys of all accounts',
    legalBasis: 'not_personal',
    category: 'operational',
    purposes: ['operate_installation'],
    retention: 'installation_life',
    erase: 'keep',
    recipients: [],
  },
  first_run: {
    ...secret,
    place: '`first-run.json` in the data folder, written once, never in production',
    holds: 'the address of the server, an API key, an operator token and an account id',
    retention: 'until_first_use',
  },
  folder_lock: {
    ...operational,
    place: '`codelace.lock` and `codelace.pid` in the data folder',
    holds: 'which process uses the data folder',
    recipients: [],
  },
  application_log: {
    ...deviceFact,
    place: 'standard error of the process',
    holds:
      'what the process did and what went wrong, with ids of requests and accounts; never keys, ' +
      'messages or outputs',
    purposes: ['secure_and_debug'],
    retention: 'application_log',
    exportable: false,
  },
} as const satisfies StreamMap
