import type { Actor, Visitor } from '#control/actor.ts'
import type { ControlParts } from '#control/operation.ts'
import { eventOf } from '#control/security-log.ts'
import type { OwnCredential } from '#domain/own-credentials.ts'
import type { SecurityEventKind } from '#domain/security-events.ts'

/** Writes down who brought, changed or removed a credential. */
export async function noteChange(
  { securityEvents, clock }: Pick<ControlParts, 'securityEvents' | 'clock'>,
  change: {
    readonly kind: SecurityEventKind
    readonly actor: Actor
    readonly visitor: Visitor
    readonly credential: OwnCredential
  },
): Promise<void> {
  const { kind, actor, visitor, credential } = change
  const isInSession = actor.kind !== 'nobody' && actor.kind !== 'operator_token'
  const event = eventOf({
    ...{ kind, visitor, nowMs: clock.nowMs(), accountId: credential.accountId },
    person: isInSession ? actor.person : null,
    session: isInSession ? actor.session : null,
    keyId: actor.kind === 'operator_token' ? actor.key.id : null,
    detail: credential.id,
  })
  await securityEvents.insert([event])
}
