import { describe } from 'vitest'

import { makePostgresAccountStore } from '#adapters/postgres/accounts.ts'
import { makePostgresGenerationStore } from '#adapters/postgres/generations.ts'
import { authCodeStoreConformance } from '#ports/auth-codes.conformance.ts'
import { controlAnswerStoreConformance } from '#ports/control-answers.conformance.ts'
import { invitationStoreConformance } from '#ports/invitations.conformance.ts'
import { mailQueueConformance } from '#ports/mail-queue.conformance.ts'
import { notificationStoreConformance } from '#ports/notifications.conformance.ts'
import { passkeyStoreConformance } from '#ports/passkeys.conformance.ts'
import { peopleStoreConformance } from '#ports/people.conformance.ts'
import { securityEventStoreConformance } from '#ports/security-events.conformance.ts'
import { sessionStoreConformance } from '#ports/sessions.conformance.ts'
import { challengeStoreConformance } from '#ports/sign-in-challenges.conformance.ts'
import { databaseKinds, useDatabase } from '#test/database/database-fixture.ts'

import { makePostgresAuthCodeStore } from './auth-codes.ts'
import { makePostgresControlAnswerStore } from './control-answers.ts'
import { makePostgresInvitationStore } from './invitations.ts'
import { makePostgresMailQueue } from './mail-queue.ts'
import { makePostgresNotificationStore } from './notifications.ts'
import { makePostgresPasskeyStore } from './passkeys.ts'
import { makePostgresPeopleStore } from './people.ts'
import { makePostgresSecurityEventStore } from './security-events.ts'
import { makePostgresSessionStore } from './sessions.ts'
import { makePostgresChallengeStore } from './sign-in-challenges.ts'

describe.each(databaseKinds)('%s database', (kind) => {
  const opened = useDatabase(kind)
  const stores = async () => {
    const { db } = opened()
    return {
      accounts: makePostgresAccountStore(db),
      people: makePostgresPeopleStore(db),
      invitations: makePostgresInvitationStore(db),
      sessions: makePostgresSessionStore(db),
      challenges: makePostgresChallengeStore(db),
      passkeys: makePostgresPasskeyStore(db),
    }
  }

  peopleStoreConformance(kind, stores)
  invitationStoreConformance(kind, stores)
  notificationStoreConformance(kind, async () => ({
    ...(await stores()),
    queue: makePostgresMailQueue(opened().db),
    generations: makePostgresGenerationStore(opened().db),
    notifications: makePostgresNotificationStore(opened().db),
  }))
  authCodeStoreConformance(kind, async () => ({
    ...(await stores()),
    authCodes: makePostgresAuthCodeStore(opened().db),
  }))
  sessionStoreConformance(kind, stores)
  challengeStoreConformance(kind, stores)
  passkeyStoreConformance(kind, stores)
  controlAnswerStoreConformance(kind, async () => makePostgresControlAnswerStore(opened().db))
  mailQueueConformance(kind, async () => makePostgresMailQueue(opened().db))
  securityEventStoreConformance(kind, async () => makePostgresSecurityEventStore(opened().db))
})
