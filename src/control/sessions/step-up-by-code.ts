import type { controlRoutes } from '#contract/routes.ts'
import type { ControlParts, Operation } from '#control/operation.ts'
import {
  findChallenge,
  proveCode,
  sendCode,
  viewSentCode,
  type CodeParts,
} from '#control/sign-in/challenges.ts'
import { stepUpActionOf } from '#control/step-up.ts'

import { proveSession, type ProofParts } from './prove-session.ts'

/** Sends a code to the person's own address; it proves who they are for one action only. */
export function beginStepUp(parts: CodeParts): Operation<typeof controlRoutes.beginStepUp> {
  return async ({ actor, body, visitor }) => {
    const { id: personId, email } = actor.person
    const purpose = `step_up:${body.action}` as const
    return { data: viewSentCode(await sendCode({ email, purpose, personId, visitor }, parts)) }
  }
}

/** Takes that code. The proof counts for the action that the code was asked for, whatever else is tried. */
export function finishStepUp(
  parts: CodeParts & ProofParts & Pick<ControlParts, 'sessions'>,
): Operation<typeof controlRoutes.finishStepUp> {
  return async ({ actor, params, body, visitor }) => {
    const id = params.challenge_id
    const expected = { purpose: 'step_up', personId: actor.person.id } as const
    const challenge = await findChallenge(id, expected, parts)
    await proveCode({ id, code: body.code, visitor, challenge, consume: true }, parts)
    const action = stepUpActionOf(challenge.purpose)
    return proveSession({ actor, action, method: 'code', visitor }, parts)
  }
}
