import { z } from 'zod'

import { callbackLengthMax } from '#domain/account-limits.ts'

import { displayName, moment, projectId } from './control/shapes.ts'

const verifierPattern = /^[A-Za-z0-9._~-]{43,128}$/

const challengeMethod = z
  .enum(['S256', 'plain'])
  .describe('How the challenge is made of the verifier (RFC 7636).')

/** Body of the exchange of a code for a key. What else clients send is left alone. */
export const authKeyBody = z.looseObject({
  code: z.string().min(1).max(200).describe('What the callback address was given.'),
  code_verifier: z
    .string()
    .regex(verifierPattern, 'must be 43 to 128 letters, digits and -._~')
    .describe('What the challenge was made of.'),
  code_challenge_method: challengeMethod.nullable().optional(),
})

/** Answer with the key that a person consented to. */
export const authKeyAnswerShape = z.strictObject({
  key: z.string().describe('The secret. It is shown here, once, and never stored.'),
  user_id: z.string(),
})

/** Body of a person's consent to an app. */
export const newAuthCodeBody = z.strictObject({
  callback_url: z
    .string()
    .min(1)
    .max(callbackLengthMax)
    .nullable()
    .default(null)
    .describe(
      'Where the app is: https, or http on this very machine; null: the code is shown to the person.',
    ),
  code_challenge: z
    .string()
    .regex(verifierPattern, 'must be 43 to 128 letters, digits and -._~')
    .describe('What the app made of its verifier.'),
  code_challenge_method: challengeMethod.default('S256'),
  project_id: projectId.nullable().default(null).describe('The project that the key joins.'),
  key_label: displayName.nullable().default(null).describe('What the key is called.'),
  limit: z
    .string()
    .max(64)
    .nullable()
    .default(null)
    .describe('US dollars as decimal text that the key may spend; null: no limit of its own.'),
  limit_reset: z
    .enum(['daily', 'weekly', 'monthly'])
    .nullable()
    .default(null)
    .describe('When the limit starts anew; null: never.'),
  expires_at: moment.nullable().default(null).describe('When the key ends; null: never.'),
})

/** Answer with a code for an app. */
export const authCodeAnswer = z.strictObject({
  data: z.strictObject({
    code: z.string().describe('Good once, for ten minutes, with the verifier.'),
    redirect_url: z.string().nullable().describe('Where to send the browser; null: show the code.'),
    expires_at: moment,
  }),
})
