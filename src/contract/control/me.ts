import { z } from 'zod'

import { securityEventKinds } from '#domain/security-events.ts'
import { stepUpActions } from '#domain/sessions.ts'

import {
  accountId,
  afterQuery,
  displayName,
  emailText,
  keyId,
  limitQuery,
  memberRole,
  moment,
  nextCursor,
  passkeyId,
  personId,
  sessionId,
} from './shapes.ts'

const myAccount = z
  .strictObject({
    id: accountId,
    display_name: z.string(),
    kind: z.enum(['customer', 'operator']),
    status: z.enum(['active', 'suspended', 'closing', 'closed']),
    role: memberRole,
  })
  .meta({ id: 'MyAccount' })

/** A person, as that person sees it. */
export const meShape = z
  .strictObject({
    id: personId,
    email: z.string(),
    display_name: z.string(),
    locale: z.string().nullable(),
    age_statement: z.enum(['adult', 'consent_age']).nullable(),
    accepted_policies: z.array(
      z.strictObject({ document: z.enum(['privacy']), version: z.string(), at: moment }),
    ),
    policies_to_accept: z
      .array(z.strictObject({ document: z.enum(['privacy']), version: z.string() }))
      .describe('Documents with a version that holds now and was not accepted yet.'),
    is_operator: z.boolean().describe('True for someone who runs this installation.'),
    needs_passkey: z
      .boolean()
      .describe('True where running the installation waits for a session by passkey.'),
    accounts: z.array(myAccount).describe('Where the person is a member, oldest first.'),
    created_at: moment,
  })
  .meta({ id: 'Me' })

/** One session, never its token. */
export const sessionShape = z
  .strictObject({
    id: sessionId,
    is_current: z.boolean(),
    device: z.string().describe('Browser and system, such as "Firefox on Linux".'),
    place: z.string().nullable().describe('The network it began in, without the last part.'),
    authenticated_by: z.enum(['code', 'passkey']),
    created_at: moment,
    last_used_at: moment,
    expires_at: moment.describe('When it ends at the latest; sooner if it is not used.'),
  })
  .meta({ id: 'Session' })

/** Answer with a person. */
export const meAnswer = z.strictObject({ data: meShape })

/** Body of a change to oneself. */
export const meChangeBody = z
  .strictObject({
    display_name: displayName.optional(),
    locale: z
      .string()
      .regex(/^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}$/, 'must be a language tag, such as "en-GB"')
      .nullable()
      .optional(),
    accepted_privacy_policy: z.string().max(40).optional(),
  })
  .refine((body) => Object.keys(body).length > 0, 'name at least one member to change')

/** Answer with all open sessions, last used first. */
export const sessionListAnswer = z.strictObject({ data: z.array(sessionShape) })

/** The path of one session. */
export const sessionPath = z.strictObject({ session_id: sessionId })

/** Which sessions stay. */
export const endSessionsQuery = z.strictObject({
  keep: z
    .enum(['current', 'none'])
    .default('current')
    .describe('`current`: this session stays; `none`: this one ends too.'),
})

/** Answer: how many sessions ended. */
export const endedAnswer = z.strictObject({ data: z.strictObject({ ended: z.int().min(0) }) })

const stepUpAction = z
  .enum(stepUpActions)
  .describe('What the proof is for; it counts for nothing else.')

/** Body of the wish for a fresh proof. */
export const stepUpBody = z.strictObject({ action: stepUpAction })

/** A code as a person typed it. */
export const codeText = z
  .string()
  .min(1)
  .max(40)
  .describe('The code from the mail. Spaces, dashes and letter case do not matter.')

/** Body of a code that proves something within a session. */
export const stepUpCodeBody = z.strictObject({ code: codeText })

/** A fresh proof was given: the token of before opens nothing any more. */
export const stepUpAnswer = z.strictObject({
  data: z.strictObject({
    session_token: z.string().describe('Replaces the token of this session, at once.'),
    action: stepUpAction,
    expires_at: moment.describe('Until when the proof counts.'),
    session: sessionShape,
  }),
})

/** One passkey. */
export const passkeyShape = z
  .strictObject({
    id: passkeyId,
    name: z.string(),
    is_synced: z.boolean().describe('True when its owner’s devices share it.'),
    created_at: moment,
    last_used_at: moment.nullable(),
  })
  .meta({ id: 'Passkey' })

/** Answer with all passkeys, oldest first. */
export const passkeyListAnswer = z.strictObject({ data: z.array(passkeyShape) })

/** Answer with one passkey. */
export const passkeyAnswer = z.strictObject({ data: passkeyShape })

/** The path of one passkey. */
export const passkeyPath = z.strictObject({ passkey_id: passkeyId })

/** Body of a new name. */
export const passkeyChangeBody = z.strictObject({ name: displayName })

/** Body of a change of address. */
export const emailChangeBody = z.strictObject({ email: emailText })

const securityEvent = z
  .strictObject({
    id: z.string(),
    kind: z.enum(securityEventKinds),
    at: moment,
    account_id: accountId.nullable(),
    session_id: sessionId.nullable(),
    key_id: keyId.nullable(),
    request_id: z.string().nullable(),
    client_ip: z.string().nullable().describe('After 30 days only the network part.'),
    device: z.string().nullable(),
    detail: z.string().nullable(),
  })
  .meta({ id: 'SecurityEvent' })

/** Query of the log of security events. */
export const securityEventQuery = z.strictObject({ limit: limitQuery, after: afterQuery })

/** Answer with a page of security events, newest first. */
export const securityEventListAnswer = z.strictObject({
  data: z.array(securityEvent),
  next: nextCursor,
})
