import { notificationLetter } from '#control/mail/notification-letter.ts'
import type { ControlParts } from '#control/operation.ts'
import { accountsWatchedPerPage, notificationIntervalMs } from '#domain/account-limits.ts'
import type { Account } from '#domain/accounts.ts'
import type { AccountId } from '#domain/identifiers.ts'
import { noticeLifeMs } from '#domain/limits.ts'
import { conditionsOf, type Condition } from '#domain/notifications.ts'
import type { Member } from '#ports/people.ts'

import { readStanding, type StandingParts } from './account-standing.ts'
import { settingsFor } from './notification-settings.ts'
import { makeUnsubscribeToken } from './unsubscribe-token.ts'

/** What telling people takes. */
export type WatchParts = StandingParts &
  Pick<ControlParts, 'accounts' | 'people' | 'notifications' | 'post' | 'secrets' | 'report'> & {
    /** Where people find the dashboard, as a URL's origin. */
    readonly homeUrl: string
  }

/** Whatever changed within this time is looked at, so that a round that failed is made up for. */
const lookBackMs = 10 * notificationIntervalMs

/**
 * Looks at how accounts stand and tells every member what they asked to be told: once, until it is over. Any
 * number of nodes may do it at once. An account that cannot be read is reported and stops no other.
 */
export async function watchAccounts(parts: WatchParts): Promise<void> {
  const { notifications, clock, report } = parts
  const sinceMs = clock.nowMs() - lookBackMs
  let after: AccountId | null = null
  for (;;) {
    const limit = accountsWatchedPerPage
    const ids: readonly AccountId[] = await notifications.accountsToWatch({ sinceMs, after, limit })
    for (const id of ids) {
      try {
        await watchAccount(id, parts)
      } catch (error) {
        report({ kind: 'failed', path: `notifications of ${id}`, error })
      }
    }
    after = ids.at(-1) ?? null
    if (ids.length < limit) return
  }
}

async function watchAccount(id: AccountId, parts: WatchParts): Promise<void> {
  const { accounts, people, notifications, clock } = parts
  const account = await accounts.find(id)
  if (account === undefined) return
  const members = await people.members(id)
  const chosen = await notifications.settingsOf(id)
  const standing = await readStanding(account, parts)
  const open = await notifications.open(id)
  const ended = new Set(open.map((one) => one.id))
  for (const member of members) {
    const { personId, role } = member.membership
    const settings = settingsFor({ personId, role }, chosen)
    for (const condition of conditionsOf(standing, settings)) {
      const told = open.find(
        (one) => one.personId === personId && one.effectKey === condition.effectKey,
      )
      if (told === undefined) await tell({ account, member, condition, ...settings }, parts)
      else ended.delete(told.id)
    }
  }
  await notifications.end([...ended], clock.nowMs())
}

async function tell(
  told: {
    readonly account: Account
    readonly member: Member
    readonly condition: Condition
    readonly byMail: boolean
  },
  parts: WatchParts,
): Promise<void> {
  const { account, member, condition, byMail } = told
  const { notifications, post, clock, secrets, homeUrl } = parts
  const nowMs = clock.nowMs()
  const subscription = { personId: member.person.id, accountId: account.id }
  const letter = () =>
    notificationLetter({
      to: member.person.email,
      accountName: account.displayName,
      facts: condition.facts,
      appUrl: `${homeUrl}/app`,
      accountId: account.id,
      unsubscribeUrl: `${homeUrl}/app/unsubscribe#${makeUnsubscribeToken(subscription, secrets)}`,
    })
  const mail =
    byMail && post.isOpen
      ? await post.seal({
          kind: condition.facts.kind,
          mail: letter(),
          expiresAtMs: nowMs + noticeLifeMs,
        })
      : null
  await notifications.raise({ ...condition, ...subscription, mail, nowMs })
}
