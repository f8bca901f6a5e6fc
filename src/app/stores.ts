import { makePostgresAccountKeyStore } from '#adapters/postgres/account-keys.ts'
import { makePostgresAccountStore } from '#adapters/postgres/accounts.ts'
import { makePostgresApiKeyStore } from '#adapters/postgres/api-keys.ts'
import { openDataFolder, type DataFolder } from '#adapters/postgres/data-folder.ts'
import { openDatabase, type Database } from '#adapters/postgres/database.ts'
import { makePostgresGenerationStore } from '#adapters/postgres/generations.ts'
import { makePostgresIdempotencyStore } from '#adapters/postgres/idempotency.ts'
import { makePostgresAuthCodeStore } from '#adapters/postgres/identity/auth-codes.ts'
import { makePostgresControlAnswerStore } from '#adapters/postgres/identity/control-answers.ts'
import { makePostgresInvitationStore } from '#adapters/postgres/identity/invitations.ts'
import { makePostgresMailQueue } from '#adapters/postgres/identity/mail-queue.ts'
import { makePostgresNotificationStore } from '#adapters/postgres/identity/notifications.ts'
import { makePostgresPasskeyStore } from '#adapters/postgres/identity/passkeys.ts'
import { makePostgresPeopleStore } from '#adapters/postgres/identity/people.ts'
import { makePostgresSecurityEventStore } from '#adapters/postgres/identity/security-events.ts'
import { makePostgresSessionStore } from '#adapters/postgres/identity/sessions.ts'
import { makePostgresChallengeStore } from '#adapters/postgres/identity/sign-in-challenges.ts'
import { makePostgresBudgetStore } from '#adapters/postgres/ledger/budgets.ts'
import { makePostgresLedgerStore } from '#adapters/postgres/ledger/store.ts'
import { migrate } from '#adapters/postgres/migrate.ts'
import { makePostgresOwnCredentialStore } from '#adapters/postgres/own-credentials.ts'
import { makePostgresPriceBook } from '#adapters/postgres/price-book.ts'
import { makePostgresProjectStore } from '#adapters/postgres/projects.ts'
import { makePostgresStoredResponseStore } from '#adapters/postgres/stored-responses.ts'
import { makePostgresUsageStore } from '#adapters/postgres/usage-store.ts'
import type { AccountKeyStore } from '#ports/account-keys.ts'
import type { AccountStore } from '#ports/accounts.ts'
import type { ApiKeyStore } from '#ports/api-keys.ts'
import type { AuthCodeStore } from '#ports/auth-codes.ts'
import type { BudgetStore } from '#ports/budget-store.ts'
import type { ControlAnswerStore } from '#ports/control-answers.ts'
import type { GenerationStore } from '#ports/generations.ts'
import type { IdempotencyStore } from '#ports/idempotency.ts'
import type { InvitationStore } from '#ports/invitations.ts'
import type { LedgerStore } from '#ports/ledger-store.ts'
import type { MailQueue } from '#ports/mail-queue.ts'
import type { NotificationStore } from '#ports/notifications.ts'
import type { OwnCredentialStore } from '#ports/own-credentials.ts'
import type { PasskeyStore } from '#ports/passkeys.ts'
import type { PeopleStore } from '#ports/people.ts'
import type { PriceBookStore } from '#ports/price-book.ts'
import type { ProjectStore } from '#ports/projects.ts'
import type { SecurityEventStore } from '#ports/security-events.ts'
import type { SessionStore } from '#ports/sessions.ts'
import type { ChallengeStore } from '#ports/sign-in-challenges.ts'
import type { StoredResponseStore } from '#ports/stored-responses.ts'
import type { UsageStore } from '#ports/usage-store.ts'

import type { Settings } from './config/settings.ts'

/** The data folder, taken, and every store over the migrated database. */
export interface Stores {
  readonly folder: DataFolder
  readonly database: Database
  readonly accounts: AccountStore
  readonly apiKeys: ApiKeyStore
  readonly accountKeys: AccountKeyStore
  readonly generations: GenerationStore
  readonly idempotency: IdempotencyStore
  readonly ledger: LedgerStore
  readonly budgets: BudgetStore
  readonly prices: PriceBookStore
  readonly projects: ProjectStore
  readonly credentials: OwnCredentialStore
  readonly usage: UsageStore
  readonly people: PeopleStore
  readonly invitations: InvitationStore
  readonly authCodes: AuthCodeStore
  readonly notifications: NotificationStore
  readonly sessions: SessionStore
  readonly challenges: ChallengeStore
  readonly passkeys: PasskeyStore
  readonly mailQueue: MailQueue
  readonly answers: ControlAnswerStore
  readonly securityEvents: SecurityEventStore
  readonly responses: StoredResponseStore
  /** Closes the database and lets go of the folder. */
  readonly close: () => Promise<void>
}

/** How stores are opened. */
export interface OpenOptions {
  /** Hears what whoever runs the installation should know. */
  readonly report: (text: string) => void
  /** Runs when the folder is taken and nothing slow was done yet; what it throws ends the opening. */
  readonly beforeDatabase?: () => Promise<void>
}

/**
 * Takes the data folder, opens the database and brings it up to date. Throws `StoreStartError` for
 * people, and leaves nothing open then.
 */
export async function openStores(
  settings: Pick<Settings, 'dataFolder' | 'databaseUrl'>,
  { report, beforeDatabase = () => Promise.resolve() }: OpenOptions,
): Promise<Stores> {
  const folder = openDataFolder(settings.dataFolder)
  let database: Database | undefined
  try {
    await beforeDatabase()
    database = await openDatabase(
      settings.databaseUrl === null
        ? { kind: 'folder', folder: folder.databaseFolder }
        : { kind: 'server', url: settings.databaseUrl },
      report,
    )
    await migrate(database)
  } catch (error) {
    await database?.close()
    folder.release()
    throw error
  }
  return makeStores(folder, database)
}

function makeStores(folder: DataFolder, database: Database): Stores {
  const { db } = database
  return {
    folder,
    database,
    accounts: makePostgresAccountStore(db),
    apiKeys: makePostgresApiKeyStore(db),
    accountKeys: makePostgresAccountKeyStore(db),
    generations: makePostgresGenerationStore(db),
    idempotency: makePostgresIdempotencyStore(db),
    ledger: makePostgresLedgerStore(database),
    budgets: makePostgresBudgetStore(database),
    prices: makePostgresPriceBook(db),
    projects: makePostgresProjectStore(db),
    credentials: makePostgresOwnCredentialStore(db),
    usage: makePostgresUsageStore(db),
    people: makePostgresPeopleStore(db),
    invitations: makePostgresInvitationStore(db),
    authCodes: makePostgresAuthCodeStore(db),
    notifications: makePostgresNotificationStore(db),
    sessions: makePostgresSessionStore(db),
    challenges: makePostgresChallengeStore(db),
    passkeys: makePostgresPasskeyStore(db),
    mailQueue: makePostgresMailQueue(db),
    answers: makePostgresControlAnswerStore(db),
    securityEvents: makePostgresSecurityEventStore(db),
    responses: makePostgresStoredResponseStore(db),
    close: async () => {
      await database.close()
      folder.release()
    },
  }
}
