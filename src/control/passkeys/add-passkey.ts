import type { controlRoutes } from '#contract/routes.ts'
import type { PersonActor } from '#control/actor.ts'
import { notify } from '#control/mail/notify.ts'
import type { ControlParts, Operation } from '#control/operation.ts'
import { eventOf } from '#control/security-log.ts'
import { requireStepUp } from '#control/step-up.ts'
import { Fault } from '#domain/faults.ts'
import { makePasskeyId } from '#domain/identifiers.ts'
import { passkeysPerPersonMax, stepUpFreshMs } from '#domain/limits.ts'
import type { Passkey } from '#domain/passkeys.ts'
import { runsInstallation } from '#domain/people.ts'

import { openCeremony, siteOf, takeCeremony, translating, type CeremonyParts } from './ceremony.ts'
import { viewPasskey } from './passkey-view.ts'

/** Begins to add a passkey. */
export function beginPasskey(parts: CeremonyParts): Operation<typeof controlRoutes.beginPasskey> {
  return async ({ actor, visitor }) => {
    const known = await parts.passkeys.list(actor.person.id)
    refuseStale(actor, known, parts.clock.nowMs())
    const site = siteOf(parts, visitor)
    const { person } = actor
    const wish = { purpose: 'register', personId: person.id } as const
    const { id, challenge } = await openCeremony(wish, parts)
    const options = await parts.ceremonies.registrationOptions({ site, challenge, person, known })
    return { data: { challenge_id: id, options } }
  }
}

/** Adds the passkey that a browser made. Its owner is told by mail. */
export function addPasskey(
  parts: CeremonyParts & Pick<ControlParts, 'securityEvents' | 'post' | 'report'>,
): Operation<typeof controlRoutes.addPasskey> {
  const { passkeys, ceremonies, securityEvents, clock, randomBytes } = parts
  return async ({ actor, body, visitor }) => {
    const { person, session } = actor
    const nowMs = clock.nowMs()
    refuseStale(actor, await passkeys.list(person.id), nowMs)
    const taken = { id: body.challenge_id, kind: 'register', personId: person.id } as const
    const { challenge } = await takeCeremony(taken, parts)
    const site = siteOf(parts, visitor)
    const { response } = body
    const made = await translating(ceremonies.checkRegistration({ site, challenge, response }))
    const passkey: Passkey = {
      ...made,
      id: makePasskeyId(randomBytes),
      personId: person.id,
      name: body.name,
      createdAt: new Date(nowMs),
      lastUsedAt: null,
    }
    refuseUnlessAdded(await passkeys.add(passkey))
    const { name } = passkey
    const detail = passkey.id
    await securityEvents.insert([
      eventOf({ kind: 'passkey_added', visitor, person, session, detail, nowMs }),
    ])
    await notify(parts, person.email, { kind: 'passkey_added', name })
    return { data: viewPasskey(passkey) }
  }
}

/**
 * A passkey is a way in for good, so it takes a proof that is at most five minutes old: the sign-in itself
 * or a step up. For those who run the installation, once they have one, a further one takes one: who reads
 * their mail does not get to run it.
 */
function refuseStale(actor: PersonActor, known: readonly Passkey[], nowMs: number): void {
  const { session, memberships } = actor
  if (runsInstallation(memberships) && known.length > 0 && session.authenticatedBy !== 'passkey') {
    throw new Fault('passkey_required')
  }
  if (nowMs - session.createdAt.getTime() <= stepUpFreshMs) return
  requireStepUp(actor, 'change_passkeys', nowMs)
}

function refuseUnlessAdded(added: 'added' | 'taken' | 'full'): void {
  if (added === 'added') return
  const detail =
    added === 'taken'
      ? 'This passkey is known here already.'
      : `Nobody has more than ${passkeysPerPersonMax} passkeys. Remove one first.`
  throw new Fault('conflict', { details: { detail } })
}
