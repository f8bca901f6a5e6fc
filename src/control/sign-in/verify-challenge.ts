import type { z } from 'zod'

import type { verifyBody } from '#contract/control/sign-in.ts'
import type { controlRoutes } from '#contract/routes.ts'
import type { Operation } from '#control/operation.ts'
import { Fault } from '#domain/faults.ts'
import { makeAccountId, makePersonId, type RandomBytes } from '#domain/identifiers.ts'
import { consentAges, currentPolicies, usualConsentAge, type Person } from '#domain/people.ts'
import type { SignUp } from '#ports/people.ts'

import { beginSession, type SessionParts } from './begin-session.ts'
import { findChallenge, proveCode, type CodeParts } from './challenges.ts'

type SignUpFacts = NonNullable<z.output<typeof verifyBody>['sign_up']>

/**
 * Signs in with a code; an address that nobody has signs up, which asks once more with the same code.
 * Before the code is right, nothing tells which of the two it will be. Of many that come at once with the
 * right code, one begins a session.
 */
export function verifyChallenge(
  parts: CodeParts & SessionParts,
): Operation<typeof controlRoutes.verifyChallenge> {
  const { people, clock, randomBytes } = parts
  return async ({ params, body, visitor }) => {
    const id = params.challenge_id
    const challenge = await findChallenge(id, { purpose: 'sign_in', personId: null }, parts)
    const { email } = challenge
    const known = await people.findByEmail(email)
    const facts = body.sign_up
    const consume = known !== undefined || facts !== undefined
    const proof = { id, code: body.code, visitor, challenge }
    if (known === undefined && facts !== undefined) {
      // What is wrong with the statements is said before the code is used up, and after it was right.
      await proveCode({ ...proof, consume: false }, parts)
      await refuseSignUp(email, facts, parts)
    }
    await proveCode({ ...proof, consume }, parts)
    if (known !== undefined) {
      return beginSession({ person: known, isNew: false, method: 'code', visitor }, parts)
    }
    if (facts === undefined) throw signUpRequired()
    const signUp = signUpOf(email, facts, { nowMs: clock.nowMs(), randomBytes })
    const made = await people.signUp(signUp)
    const person: Person | undefined = made ?? (await people.findByEmail(email))
    if (person === undefined) throw new Fault('challenge_over')
    return beginSession({ person, isNew: made !== undefined, method: 'code', visitor }, parts)
  }
}

function signUpRequired(): Fault {
  return new Fault('sign_up_required', {
    metadata: {
      policies: currentPolicies,
      consent_ages: { usual: usualConsentAge, by_country: consentAges },
    },
  })
}

async function refuseSignUp(
  email: string,
  facts: SignUpFacts,
  { people, clock }: Pick<SessionParts, 'people' | 'clock'>,
): Promise<void> {
  if (facts.accepted_privacy_policy !== currentPolicies.privacy) {
    const detail =
      `The privacy policy that holds now is version ${currentPolicies.privacy}: ` +
      'read it, and accept that version.'
    throw new Fault('conflict', {
      param: 'sign_up.accepted_privacy_policy',
      details: { detail },
      metadata: { policies: currentPolicies },
    })
  }
  if (await people.isHeldForUndo(email, clock.nowMs())) {
    const detail =
      'This address belonged to a person who changed it lately and can still take it back. ' +
      'Use the link in the mail about the change, or sign up in three days.'
    throw new Fault('conflict', { details: { detail } })
  }
}

function signUpOf(
  email: string,
  facts: SignUpFacts,
  { nowMs, randomBytes }: { nowMs: number; randomBytes: RandomBytes },
): SignUp {
  const displayName = facts.display_name ?? email.slice(0, email.indexOf('@'))
  return {
    person: {
      id: makePersonId(randomBytes),
      email,
      displayName,
      locale: facts.locale ?? null,
      ageStatement: facts.age_statement,
      acceptedPolicies: { privacy: facts.accepted_privacy_policy },
    },
    role: 'owner',
    account: {
      id: makeAccountId(randomBytes),
      role: 'customer',
      displayName,
      email,
      contentMode: 'full',
      region: facts.country,
    },
    nowMs,
  }
}
