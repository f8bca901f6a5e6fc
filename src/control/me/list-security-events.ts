import type { controlRoutes } from '#contract/routes.ts'
import type { ControlParts, Operation } from '#control/operation.ts'
import { Fault } from '#domain/faults.ts'
import type { LoggedSecurityEvent } from '#ports/security-events.ts'

/** Lists what happened to one's own sign-in, newest first. */
export function listSecurityEvents({
  securityEvents,
}: Pick<ControlParts, 'securityEvents'>): Operation<typeof controlRoutes.listSecurityEvents> {
  return async ({ actor, query }) => {
    const events = await securityEvents.list({
      personId: actor.person.id,
      accountId: null,
      // One more than asked tells whether there is a next page.
      limit: query.limit + 1,
      after: query.after === undefined ? null : readCursor(query.after),
    })
    const page = events.slice(0, query.limit)
    const next = events.length > query.limit ? (page.at(-1)?.id.toString() ?? null) : null
    return { data: page.map(viewEvent), next }
  }
}

function readCursor(text: string): bigint {
  if (/^\d{1,18}$/.test(text)) return BigInt(text)
  const detail = `after: "${text.slice(0, 40)}" is not a cursor of this list.`
  throw new Fault('invalid_request', { param: 'after', details: { detail } })
}

function viewEvent(event: LoggedSecurityEvent) {
  return {
    id: event.id.toString(),
    kind: event.kind,
    at: event.at.toISOString(),
    account_id: event.accountId,
    session_id: event.sessionId,
    key_id: event.keyId,
    request_id: event.requestId,
    client_ip: event.clientIp,
    device: event.device,
    detail: event.detail,
  }
}
