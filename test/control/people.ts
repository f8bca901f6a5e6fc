import { randomBytes } from 'node:crypto'

import { expect } from 'vitest'

import { makePersonId, randomBase62, type AccountId } from '#domain/identifiers.ts'
import { currentPolicies, type MemberRole } from '#domain/people.ts'
import type { StepUpAction } from '#domain/sessions.ts'

import type { Answer, CallOptions, ControlHarness } from './control-harness.ts'

/** What a sign-up states. */
export const signUpFacts = {
  age_statement: 'adult',
  country: 'DE',
  accepted_privacy_policy: currentPolicies.privacy,
} as const

/** Someone who is signed in. */
export interface SignedIn {
  readonly token: string
  readonly email: string
  readonly me: Answer['body']
  readonly session: Answer['body']
  readonly accountId: AccountId
}

/** An address that nobody has. */
export function freshEmail(): string {
  return `${randomBase62(12, randomBytes).toLowerCase()}@example.com`
}

/** Asks for a code. */
export function askForCode(
  harness: ControlHarness,
  email: string,
  options: CallOptions = {},
): Promise<Answer> {
  const body = { email }
  return harness.call('POST /api/sign-in/challenges', { token: null, body, ...options })
}

/** The code of the last mail to this address. */
export async function lastCode(harness: ControlHarness, email: string): Promise<string> {
  await harness.parts.post.deliver()
  const mail = harness.parts.post.outbox?.().find(({ to }) => to === email)
  const code = /^ {4}([0-9A-Z]{3,5}[ -][0-9A-Z]{3,5})$/m.exec(mail?.text ?? '')?.[1]
  return code ?? expect.fail(`no code was sent to ${email}`)
}

/** Signs in, or up, by code. Time passes before, as codes are spaced. */
export async function signIn(
  harness: ControlHarness,
  email: string = freshEmail(),
  options: CallOptions = {},
): Promise<SignedIn> {
  harness.clock.value += 31_000
  const asked = await askForCode(harness, email, options)
  expect(asked.status).toBe(201)
  const path = `POST /api/sign-in/challenges/${asked.body.data.challenge_id}/verify`
  const code = await lastCode(harness, email)
  const body = { code, sign_up: signUpFacts }
  const { status, body: answer } = await harness.call(path, { token: null, body, ...options })
  expect(status, JSON.stringify(answer)).toBe(200)
  const { session_token: token, me, session } = answer.data
  return { token, email, me, session, accountId: me.accounts[0]?.id }
}

/** Gives a fresh proof by code; returns the new token. */
export async function stepUp(
  harness: ControlHarness,
  person: Pick<SignedIn, 'token' | 'email'>,
  action: StepUpAction,
): Promise<string> {
  harness.clock.value += 31_000
  const { token, email } = person
  const asked = await harness.call('POST /api/me/step-up', { token, body: { action } })
  expect(asked.status, JSON.stringify(asked.body)).toBe(201)
  const path = `POST /api/me/step-up/${asked.body.data.challenge_id}/verify`
  const code = await lastCode(harness, email)
  const { status, body } = await harness.call(path, { token, body: { code } })
  expect(status, JSON.stringify(body)).toBe(200)
  return body.data.session_token
}

/** Makes someone a member of an account, without mail. */
export async function join(
  { parts, clock }: ControlHarness,
  accountId: AccountId,
  role: MemberRole,
): Promise<string> {
  const email = freshEmail()
  const person = { id: makePersonId(randomBytes), email, displayName: role, locale: null }
  const signUp = { person: { ...person, ageStatement: null, acceptedPolicies: {} }, role }
  await parts.people.signUp({ ...signUp, account: { id: accountId }, nowMs: clock.value })
  return email
}
