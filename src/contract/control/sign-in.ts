import { z } from 'zod'

import { codeText, meShape, sessionShape } from './me.ts'
import { challengeId, displayName, emailText, moment } from './shapes.ts'

/** What a code looks like. */
const codeFormat = z
  .strictObject({
    length: z.int(),
    characters: z.enum(['digits', 'letters_and_digits']),
  })
  .describe('How the code looks. Codes are longer for an address that somebody guesses at.')

/** A code was sent: what its use takes. */
const challengeShape = z
  .strictObject({
    challenge_id: challengeId,
    expires_at: moment,
    code: codeFormat,
  })
  .meta({ id: 'Challenge' })

/** Body of the wish for a code. */
export const challengeBody = z.strictObject({ email: emailText })

/** Answer to the wish for a code: the same for every address, known or not. */
export const signInChallengeAnswer = z.strictObject({
  data: challengeShape.extend({
    policies: z
      .strictObject({ privacy: z.string() })
      .describe('The versions of what a person accepts at sign-up.'),
  }),
})

/** Answer with a challenge. */
export const challengeAnswer = z.strictObject({ data: challengeShape })

/** The path of one challenge. */
export const challengePath = z.strictObject({ challenge_id: challengeId })

const signUp = z
  .strictObject({
    age_statement: z
      .enum(['adult', 'consent_age'])
      .describe(
        '`adult`: 18 or older; `consent_age`: younger, and old enough to agree alone in that country.',
      ),
    country: z
      .string()
      .regex(/^[A-Z]{2}$/, 'must be a country in two capital letters, such as "DE"')
      .describe('The country you live in, ISO 3166.'),
    accepted_privacy_policy: z.string().max(40).describe('The version of the privacy policy.'),
    display_name: displayName.optional(),
    locale: z
      .string()
      .regex(/^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}$/, 'must be a language tag, such as "en-GB"')
      .optional(),
  })
  .describe('Only on the first sign-in of an address: asked for with `sign_up_required`.')

/** Body of a code. */
export const verifyBody = z.strictObject({ code: codeText, sign_up: signUp.optional() })

/** A session that began. */
export const signInAnswer = z.strictObject({
  data: z.strictObject({
    session_token: z
      .string()
      .describe('Sent as `Authorization: Bearer …`. It is shown here, once, and never stored.'),
    is_new: z.boolean().describe('True when this sign-in made the person and the account.'),
    offer_passkey: z.boolean().describe('True while the person has no passkey.'),
    session: sessionShape,
    me: meShape,
  }),
})

/** What a browser's own interface for passkeys is given. */
export const passkeyOptions = z.strictObject({
  data: z.strictObject({
    challenge_id: challengeId,
    options: z.record(z.string(), z.unknown()).describe('For `navigator.credentials`, as JSON.'),
  }),
})

/** What a browser's own interface for passkeys answered, as JSON. */
const passkeyResponse = z
  .looseObject({
    id: z.string().max(2_000),
    rawId: z.string().max(2_000),
    type: z.literal('public-key'),
    response: z.record(z.string(), z.unknown()),
  })
  .describe('The answer of `navigator.credentials`, as JSON.')

/** Body of a proof with a passkey. */
export const passkeyProofBody = z.strictObject({
  challenge_id: challengeId,
  response: passkeyResponse,
})

/** Body of a new passkey. */
export const newPasskeyBody = z.strictObject({
  challenge_id: challengeId,
  name: displayName,
  response: passkeyResponse,
})

/** Body of the way back to an old address. */
export const undoBody = z.strictObject({
  token: z.string().max(100).describe('The token from the mail to the old address.'),
})

/** Answer: the address is back. */
export const undoAnswer = z.strictObject({ data: z.strictObject({ email: z.string() }) })

/** Mails that wait for nobody: only on a machine of one's own. */
export const outboxAnswer = z.strictObject({
  data: z.array(
    z.strictObject({
      to: z.string(),
      subject: z.string(),
      text: z.string(),
      html: z.string(),
      sent_at: moment,
    }),
  ),
})
