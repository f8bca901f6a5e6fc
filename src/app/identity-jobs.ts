import type { PostOffice } from '#control/mail/post-office.ts'
import { endedInvitationKeptMs, notificationKeptMs } from '#domain/account-limits.ts'
import {
  endedSessionKeptMs,
  identityPurgeIntervalMs,
  mailPollIntervalMs,
  securityAddressKeptMs,
  securityEventKeptMs,
  sessionLifeMs,
} from '#domain/limits.ts'
import type { Clock } from '#ports/clock.ts'

import type { Job } from './jobs.ts'
import type { Stores } from './stores.ts'

type IdentityStores = Pick<
  Stores,
  | 'sessions'
  | 'challenges'
  | 'passkeys'
  | 'invitations'
  | 'authCodes'
  | 'notifications'
  | 'mailQueue'
  | 'securityEvents'
  | 'answers'
>

/** Hands over mails that could not be handed over at once, and removes what is too old. */
export function identityJobs(
  stores: IdentityStores,
  post: Pick<PostOffice, 'deliver'>,
  clock: Pick<Clock, 'nowMs'>,
): readonly Job[] {
  return [
    { name: 'deliver_mail', everyMs: mailPollIntervalMs, run: post.deliver },
    {
      name: 'purge_identity',
      everyMs: identityPurgeIntervalMs,
      run: () => purgeIdentity(stores, clock.nowMs()),
    },
  ]
}

/** Removes what the data map's periods say is too old: sessions, codes, ceremonies, mails, addresses, events. */
async function purgeIdentity(stores: IdentityStores, nowMs: number): Promise<void> {
  await stores.sessions.removeOld({
    endedMs: nowMs - endedSessionKeptMs,
    begunMs: nowMs - sessionLifeMs - endedSessionKeptMs,
  })
  await stores.challenges.removeOld(nowMs)
  await stores.passkeys.removeOldChallenges(nowMs)
  await stores.invitations.removeOld(nowMs - endedInvitationKeptMs)
  await stores.notifications.removeOld(nowMs - notificationKeptMs)
  await stores.authCodes.removeExpired(nowMs)
  await stores.mailQueue.removeExpired(nowMs)
  await stores.answers.removeExpired(nowMs)
  await stores.securityEvents.shortenAddresses(nowMs - securityAddressKeptMs)
  await stores.securityEvents.removeOld(nowMs - securityEventKeptMs)
}
