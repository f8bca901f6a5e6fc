import type { z } from 'zod'

import type { notificationSettingsShape } from '#contract/control/notifications.ts'
import type { controlRoutes } from '#contract/routes.ts'
import type { MemberActor, OperatorActor } from '#control/actor.ts'
import type { ControlParts, Operation } from '#control/operation.ts'
import { Fault } from '#domain/faults.ts'
import type { PersonId } from '#domain/identifiers.ts'
import { type NanoUsd, parseUsd } from '#domain/money.ts'
import { budgetPercents, type NotificationSettings, usualSettings } from '#domain/notifications.ts'

import { personOf } from './list-notifications.ts'
import { viewSettings } from './notification-view.ts'
import { readUnsubscribeToken } from './unsubscribe-token.ts'

/** Shows what the person wants to be told; until they choose, what their role suggests. */
export function showNotificationSettings({
  notifications,
}: Pick<ControlParts, 'notifications'>): Operation<typeof controlRoutes.showNotificationSettings> {
  return async ({ params, actor }) => {
    const personId = personOf(actor)
    const chosen =
      personId === null ? undefined : await notifications.settings(personId, params.account_id)
    const settings = chosen ?? usualSettings(roleOf(actor))
    return { data: { ...viewSettings(settings), is_default: chosen === undefined } }
  }
}

/** Replaces what the person wants to be told, whole. */
export function putNotificationSettings({
  notifications,
  clock,
}: Pick<ControlParts, 'notifications' | 'clock'>): Operation<
  typeof controlRoutes.putNotificationSettings
> {
  return async ({ params, body, actor }) => {
    const personId = personOf(actor)
    if (personId === null) {
      const detail = 'A token is told nothing: these settings belong to people, who sign in.'
      throw new Fault('conflict', { details: { detail } })
    }
    const settings = readSettings(body)
    const put = { personId, accountId: params.account_id, settings, nowMs: clock.nowMs() }
    if (!(await notifications.putSettings(put))) throw new Fault('account_not_found')
    return { data: { ...viewSettings(settings), is_default: false } }
  }
}

/** Ends the mails about one account, with nothing but the link of one of them. */
export function unsubscribe(
  parts: Pick<ControlParts, 'notifications' | 'accounts' | 'people' | 'secrets' | 'clock'>,
): Operation<typeof controlRoutes.unsubscribe> {
  const { notifications, accounts, people, clock } = parts
  return async ({ body }) => {
    const named = readUnsubscribeToken(body.token, parts.secrets)
    if (named === undefined) throw wrongLink()
    const { personId, accountId } = named
    const account = await accounts.find(accountId)
    const place = await people.findMembership(personId, accountId)
    if (account === undefined || place === undefined) throw wrongLink()
    const before =
      (await notifications.settings(personId, accountId)) ?? usualSettings(place.membership.role)
    const settings = { ...before, byMail: false }
    await notifications.putSettings({ personId, accountId, settings, nowMs: clock.nowMs() })
    return { data: { account_name: account.displayName, by_mail: false } }
  }
}

/** What holds for a member: what they chose, or what their role suggests. */
export function settingsFor(
  member: { readonly personId: PersonId; readonly role: MemberActor['role'] },
  chosen: ReadonlyMap<PersonId, NotificationSettings>,
): NotificationSettings {
  return chosen.get(member.personId) ?? usualSettings(member.role)
}

function roleOf(actor: OperatorActor | MemberActor): MemberActor['role'] {
  return actor.kind === 'member' ? actor.role : 'viewer'
}

function readSettings(body: z.output<typeof notificationSettingsShape>): NotificationSettings {
  return {
    lowBalanceNanoUsd: body.low_balance === null ? null : readThreshold(body.low_balance),
    budgetPercents: budgetPercents.filter((one) => body.budget_percents.includes(one)),
    errorSpikes: body.error_spikes,
    byMail: body.by_mail,
  }
}

function readThreshold(text: string): NanoUsd {
  const amount = parseUsd(text)
  if (amount !== undefined && amount > 0n) return amount
  const detail = `low_balance: "${text.slice(0, 60)}" must be a plain decimal number of US dollars above zero, such as "5"; null turns it off.`
  throw new Fault('invalid_request', { param: 'low_balance', details: { detail } })
}

function wrongLink(): Fault {
  const detail =
    'token: this link is not whole, or you are no member of the account any more. Sign in to see your settings.'
  return new Fault('invalid_request', { param: 'token', details: { detail } })
}
