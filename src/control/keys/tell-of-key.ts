import type { MemberActor, OperatorActor, Visitor } from '#control/actor.ts'
import { notify } from '#control/mail/notify.ts'
import type { ControlParts } from '#control/operation.ts'
import { eventOf } from '#control/security-log.ts'
import type { Account, ApiKey } from '#domain/accounts.ts'

/** What telling of a new key takes. */
export type KeyTelling = Pick<ControlParts, 'post' | 'securityEvents' | 'clock' | 'report'>

/**
 * Writes a new key down in the security log, and tells the person who made it by mail: if it was not them,
 * somebody is in their session. A program with an operator token is told nothing.
 */
export async function tellOfKey(
  made: {
    readonly key: ApiKey
    readonly account: Account
    readonly actor: OperatorActor | MemberActor
    readonly visitor: Visitor
  },
  parts: KeyTelling,
): Promise<void> {
  const { key, account, actor, visitor } = made
  const who =
    actor.kind === 'operator_token'
      ? { person: null }
      : { person: actor.person, session: actor.session }
  const nowMs = parts.clock.nowMs()
  const where = { accountId: account.id, keyId: key.id, detail: key.kind }
  await parts.securityEvents.insert([
    eventOf({ kind: 'key_created', visitor, nowMs, ...who, ...where }),
  ])
  if (actor.kind === 'operator_token') return
  const notice = { kind: 'key_created', name: key.name, accountName: account.displayName } as const
  await notify(parts, actor.person.email, notice)
}
