import type { controlRoutes } from '#contract/routes.ts'
import type { Operation } from '#control/operation.ts'
import { proveSession, type ProofParts } from '#control/sessions/prove-session.ts'
import { stepUpActionOf } from '#control/step-up.ts'
import { Fault } from '#domain/faults.ts'

import { openCeremony, provePasskey, siteOf, takeCeremony, type CeremonyParts } from './ceremony.ts'

/** Begins a fresh proof with one of the person's own passkeys, for one action. */
export function beginPasskeyStepUp(
  parts: CeremonyParts,
): Operation<typeof controlRoutes.beginPasskeyStepUp> {
  return async ({ actor, body, visitor }) => {
    const personId = actor.person.id
    const site = siteOf(parts, visitor)
    const known = await parts.passkeys.list(personId)
    if (known.length === 0) {
      const detail = 'you have none yet'
      throw new Fault('passkey_refused', { details: { detail } })
    }
    const purpose = `step_up:${body.action}` as const
    const { id, challenge } = await openCeremony({ purpose, personId }, parts)
    const options = await parts.ceremonies.proofOptions({ site, challenge, known })
    return { data: { challenge_id: id, options } }
  }
}

/** Takes that proof: the session counts as one by passkey from now on. */
export function finishPasskeyStepUp(
  parts: CeremonyParts & ProofParts,
): Operation<typeof controlRoutes.finishPasskeyStepUp> {
  return async ({ actor, body, visitor }) => {
    const personId = actor.person.id
    const taken = { id: body.challenge_id, kind: 'step_up', personId } as const
    const { challenge, purpose } = await takeCeremony(taken, parts)
    const { response } = body
    await provePasskey({ challenge, response, personId, visitor }, parts)
    const action = stepUpActionOf(purpose)
    return proveSession({ actor, action, method: 'passkey', visitor }, parts)
  }
}
