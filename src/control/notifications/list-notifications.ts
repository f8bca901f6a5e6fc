import type { controlRoutes } from '#contract/routes.ts'
import type { MemberActor, OperatorActor } from '#control/actor.ts'
import type { ControlParts, Operation } from '#control/operation.ts'
import { Fault } from '#domain/faults.ts'
import type { PersonId } from '#domain/identifiers.ts'

import { viewNotification } from './notification-view.ts'

type ListParts = Pick<ControlParts, 'notifications' | 'clock'>

/** Lists what the person was told about an account. A program with a token is told nothing. */
export function listNotifications({
  notifications,
}: Pick<ListParts, 'notifications'>): Operation<typeof controlRoutes.listNotifications> {
  return async ({ params, query, actor }) => {
    const personId = personOf(actor)
    if (personId === null) return { data: [], next: null, unread_count: 0 }
    const accountId = params.account_id
    const found = await notifications.list({
      ...{ personId, accountId, onlyUnread: query.unread === 'true' },
      after: query.after === undefined ? null : readCursor(query.after),
      // One more than asked tells whether there is a next page.
      limit: query.limit + 1,
    })
    const page = found.slice(0, query.limit)
    return {
      data: page.map(viewNotification),
      next: found.length > query.limit ? (page.at(-1)?.id.toString() ?? null) : null,
      unread_count: await notifications.unreadCount(personId, accountId),
    }
  }
}

/** Marks notifications as read. Those that are not the person's are left alone, without a word. */
export function readNotifications({
  notifications,
  clock,
}: ListParts): Operation<typeof controlRoutes.readNotifications> {
  return async ({ params, body, actor }) => {
    const personId = personOf(actor)
    if (personId === null) return { data: { marked: 0, unread_count: 0 } }
    const accountId = params.account_id
    const ids = body.ids === 'all' ? null : body.ids.map(BigInt)
    const marked = await notifications.markRead({
      ...{ personId, accountId, ids },
      nowMs: clock.nowMs(),
    })
    return {
      data: { marked, unread_count: await notifications.unreadCount(personId, accountId) },
    }
  }
}

/** The person that an actor is; null for a program. */
export function personOf(actor: OperatorActor | MemberActor): PersonId | null {
  return actor.kind === 'operator_token' ? null : actor.person.id
}

function readCursor(text: string): bigint {
  if (/^\d{1,18}$/.test(text)) return BigInt(text)
  const detail = `after: "${text.slice(0, 40)}" is not a cursor of this list.`
  throw new Fault('invalid_request', { param: 'after', details: { detail } })
}
