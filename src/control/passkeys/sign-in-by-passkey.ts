import type { controlRoutes } from '#contract/routes.ts'
import type { Operation } from '#control/operation.ts'
import { eventOf } from '#control/security-log.ts'
import { beginSession, type SessionParts } from '#control/sign-in/begin-session.ts'
import { Fault } from '#domain/faults.ts'

import { openCeremony, provePasskey, siteOf, takeCeremony, type CeremonyParts } from './ceremony.ts'

/** Begins a sign-in with a passkey. No address is asked for, so nothing can be learned about one. */
export function beginPasskeySignIn(
  parts: CeremonyParts,
): Operation<typeof controlRoutes.beginPasskeySignIn> {
  return async ({ visitor }) => {
    const site = siteOf(parts, visitor)
    const { id, challenge } = await openCeremony({ purpose: 'sign_in', personId: null }, parts)
    const options = await parts.ceremonies.proofOptions({ site, challenge, known: [] })
    return { data: { challenge_id: id, options } }
  }
}

/** Signs in with a passkey. The challenge is used up, whatever comes of it. */
export function finishPasskeySignIn(
  parts: CeremonyParts & SessionParts,
): Operation<typeof controlRoutes.finishPasskeySignIn> {
  const { people, securityEvents, clock } = parts
  return async ({ body, visitor }) => {
    const taken = { id: body.challenge_id, kind: 'sign_in', personId: null } as const
    const { challenge } = await takeCeremony(taken, parts)
    try {
      const proof = { challenge, response: body.response, personId: null, visitor }
      const passkey = await provePasskey(proof, parts)
      const person = await people.find(passkey.personId)
      if (person === undefined) throw new Fault('challenge_over')
      return await beginSession({ person, isNew: false, method: 'passkey', visitor }, parts)
    } catch (error) {
      if (error instanceof Fault) {
        const failed = { kind: 'sign_in_failed', visitor, person: null } as const
        const detail = `passkey ${error.code}`
        await securityEvents.insert([eventOf({ ...failed, detail, nowMs: clock.nowMs() })])
      }
      throw error
    }
  }
}
