import { describeDevice } from '#domain/devices.ts'
import type { AccountId, KeyId } from '#domain/identifiers.ts'
import type { Person } from '#domain/people.ts'
import type { SecurityEventKind } from '#domain/security-events.ts'
import type { Session } from '#domain/sessions.ts'
import type { SecurityEvent } from '#ports/security-events.ts'

import type { Visitor } from './actor.ts'

/** What happened, as an operation tells it. `detail` is made of our own words and ids, never of secrets. */
export interface Happening {
  readonly kind: SecurityEventKind
  readonly visitor: Visitor
  readonly nowMs: number
  readonly person: Pick<Person, 'id'> | null
  readonly session?: Pick<Session, 'id'> | null
  readonly accountId?: AccountId | null
  readonly keyId?: KeyId | null
  readonly detail?: string | null
}

/** The event of the security log for something that happened. */
export function eventOf(happening: Happening): SecurityEvent {
  const { kind, visitor, nowMs, person } = happening
  return {
    kind,
    at: new Date(nowMs),
    personId: person?.id ?? null,
    accountId: happening.accountId ?? null,
    sessionId: happening.session?.id ?? null,
    keyId: happening.keyId ?? null,
    requestId: visitor.requestId,
    clientIp: visitor.address,
    device: describeDevice(visitor.userAgent),
    detail: happening.detail?.slice(0, 300) ?? null,
  }
}
