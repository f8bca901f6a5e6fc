import type { z } from 'zod'

import type { stepUpAnswer } from '#contract/control/me.ts'
import type { PersonActor, Visitor } from '#control/actor.ts'
import { hashKey } from '#control/keys/hash-key.ts'
import type { ControlParts } from '#control/operation.ts'
import { eventOf } from '#control/security-log.ts'
import { describeDevice } from '#domain/devices.ts'
import { Fault } from '#domain/faults.ts'
import { makeSessionToken } from '#domain/keys.ts'
import { stepUpFreshMs } from '#domain/limits.ts'
import { askerNetwork } from '#domain/networks.ts'
import type { ProofMethod, StepUpAction } from '#domain/sessions.ts'

import { viewSession } from './session-view.ts'

/** What noting a fresh proof takes. */
export type ProofParts = Pick<ControlParts, 'sessions' | 'securityEvents' | 'clock' | 'randomBytes'>

/**
 * Notes a fresh proof and replaces the session's token; the one before opens nothing any more. From now on the
 * session is known where the proof was given.
 */
export async function proveSession(
  proof: {
    readonly actor: PersonActor
    readonly action: StepUpAction
    readonly method: ProofMethod
    readonly visitor: Visitor
  },
  parts: ProofParts,
): Promise<z.input<typeof stepUpAnswer>> {
  const { actor, action, method, visitor } = proof
  const { sessions, securityEvents, clock, randomBytes } = parts
  const nowMs = clock.nowMs()
  const token = makeSessionToken(randomBytes)
  const session = await sessions.prove({
    id: actor.session.id,
    oldTokenHash: actor.tokenHash,
    newTokenHash: await hashKey(token),
    action,
    method,
    network: askerNetwork(visitor.address),
    device: describeDevice(visitor.userAgent),
    nowMs,
  })
  if (session === undefined) throw new Fault('session_ended')
  const { person } = actor
  const detail = `${action} ${method}`
  await securityEvents.insert([
    eventOf({ kind: 'stepped_up', visitor, person, session, detail, nowMs }),
  ])
  return {
    data: {
      session_token: token,
      action,
      expires_at: new Date(nowMs + stepUpFreshMs).toISOString(),
      session: viewSession(session, { ...actor, session }),
    },
  }
}
