import { assert, Fault } from '#domain/faults.ts'
import { hasFreshProof, stepUpActions, type StepUpAction } from '#domain/sessions.ts'

import type { Actor } from './actor.ts'

/**
 * Throws `step_up_required`, which names the action, unless the session holds a fresh proof for just this
 * action. Programs with a token are not asked: their token is the proof.
 */
export function requireStepUp(actor: Actor, action: StepUpAction, nowMs: number): void {
  if (actor.kind === 'nobody' || actor.kind === 'operator_token') return
  if (hasFreshProof(actor.session, action, nowMs)) return
  throw proofDue(action)
}

/** The fault that asks for a fresh proof of this action. */
export function proofDue(action: StepUpAction): Fault {
  return new Fault('step_up_required', { details: { action }, metadata: { action } })
}

/** The action that the purpose of a proof names. */
export function stepUpActionOf(purpose: string): StepUpAction {
  const action = stepUpActions.find((one) => purpose === `step_up:${one}`)
  assert(action !== undefined, 'a challenge for a step up names its action')
  return action
}
