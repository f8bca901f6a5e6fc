import { accountKeyStoreConformance } from '#ports/account-keys.conformance.ts'
import { accountStoreConformance } from '#ports/accounts.conformance.ts'
import { apiKeyStoreConformance } from '#ports/api-keys.conformance.ts'
import { authCodeStoreConformance } from '#ports/auth-codes.conformance.ts'
import { controlAnswerStoreConformance } from '#ports/control-answers.conformance.ts'
import { generationStoreConformance } from '#ports/generations.conformance.ts'
import { idempotencyStoreConformance } from '#ports/idempotency.conformance.ts'
import { invitationStoreConformance } from '#ports/invitations.conformance.ts'
import { keyRotationConformance } from '#ports/key-rotation.conformance.ts'
import { mailQueueConformance } from '#ports/mail-queue.conformance.ts'
import { notificationStoreConformance } from '#ports/notifications.conformance.ts'
import { ownCredentialStoreConformance } from '#ports/own-credentials.conformance.ts'
import { passkeyStoreConformance } from '#ports/passkeys.conformance.ts'
import { peopleStoreConformance } from '#ports/people.conformance.ts'
import { priceBookConformance } from '#ports/price-book.conformance.ts'
import { projectStoreConformance } from '#ports/projects.conformance.ts'
import { requestSearchConformance } from '#ports/request-search.conformance.ts'
import { securityEventStoreConformance } from '#ports/security-events.conformance.ts'
import { sessionStoreConformance } from '#ports/sessions.conformance.ts'
import { challengeStoreConformance } from '#ports/sign-in-challenges.conformance.ts'
import { storedResponseStoreConformance } from '#ports/stored-responses.conformance.ts'
import { usageStoreConformance } from '#ports/usage-store.conformance.ts'

import { makeMemoryAccountKeyStore } from './account-keys.ts'
import { makeMemoryAuthCodeStore } from './auth-codes.ts'
import { makeMemoryControlAnswerStore } from './control-answers.ts'
import { makeMemoryDirectory } from './directory.ts'
import { makeMemoryGenerationStore } from './generations.ts'
import { makeMemoryIdempotencyStore } from './idempotency.ts'
import { makeMemoryInvitationStore } from './invitations.ts'
import { makeLedgerModel } from './ledger-model.ts'
import { makeMemoryLedgerStore } from './ledger.ts'
import { makeMemoryMailQueue } from './mail-queue.ts'
import { makeMemoryNotificationStore } from './notifications.ts'
import { makeMemoryPasskeyStore } from './passkeys.ts'
import { makeMemoryPeopleStore } from './people.ts'
import { makeMemoryPriceBook } from './price-book.ts'
import { makeMemorySecurityEventStore } from './security-events.ts'
import { makeMemorySessionStore } from './sessions.ts'
import { makeMemoryChallengeStore } from './sign-in-challenges.ts'
import { makeMemoryStoredResponseStore } from './stored-responses.ts'
import { makeMemoryUsageStore, TrafficBook } from './usage-store.ts'

accountStoreConformance('memory', async () => makeMemoryDirectory(Date.now).accounts)
apiKeyStoreConformance('memory', async () => makeMemoryDirectory(Date.now))
generationStoreConformance('memory', async () => makeMemoryGenerationStore())
accountKeyStoreConformance('memory', async () => ({
  accounts: makeMemoryDirectory(Date.now).accounts,
  accountKeys: makeMemoryAccountKeyStore(),
}))
priceBookConformance('memory', async () => makeMemoryPriceBook(Date.now))
idempotencyStoreConformance('memory', async () => makeMemoryIdempotencyStore(Date.now))
projectStoreConformance('memory', async () => makeMemoryDirectory(Date.now))
ownCredentialStoreConformance('memory', async () => makeMemoryDirectory(Date.now))
keyRotationConformance('memory', async () => makeMemoryDirectory(Date.now))
requestSearchConformance('memory', async () => makeMemoryGenerationStore())
usageStoreConformance('memory', async () => {
  const traffic = new TrafficBook()
  const model = makeLedgerModel({
    nowMs: Date.now,
    findAccountStatus: () => 'active',
    onRecall: () => undefined,
  })
  return {
    usage: makeMemoryUsageStore({ ledger: model, traffic }),
    ledger: makeMemoryLedgerStore(model),
    generations: makeMemoryGenerationStore(traffic),
  }
})

const identityStores = async () => {
  const { accounts } = makeMemoryDirectory(Date.now)
  const people = makeMemoryPeopleStore(accounts)
  const sessions = makeMemorySessionStore(people)
  const challenges = makeMemoryChallengeStore({ people, sessions })
  const invitations = makeMemoryInvitationStore({ accounts, people })
  const passkeys = makeMemoryPasskeyStore()
  return { accounts, people, invitations, sessions, challenges, passkeys }
}

peopleStoreConformance('memory', identityStores)
invitationStoreConformance('memory', identityStores)
notificationStoreConformance('memory', async () => {
  const { accounts, people } = await identityStores()
  const traffic = new TrafficBook()
  const queue = makeMemoryMailQueue()
  const generations = makeMemoryGenerationStore(traffic)
  const notifications = makeMemoryNotificationStore({ accounts, people, queue, traffic })
  return { accounts, people, queue, generations, notifications }
})
authCodeStoreConformance('memory', async () => {
  const stores = await identityStores()
  return { ...stores, authCodes: makeMemoryAuthCodeStore(stores.people) }
})
sessionStoreConformance('memory', identityStores)
challengeStoreConformance('memory', identityStores)
passkeyStoreConformance('memory', identityStores)
mailQueueConformance('memory', async () => makeMemoryMailQueue())
securityEventStoreConformance('memory', async () => makeMemorySecurityEventStore())
storedResponseStoreConformance('memory', async () => makeMemoryStoredResponseStore())
controlAnswerStoreConformance('memory', async () => makeMemoryControlAnswerStore())
