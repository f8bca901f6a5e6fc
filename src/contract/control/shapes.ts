import { z } from 'zod'

import { nameLengthMax, pageSizeMax } from '#domain/limits.ts'

/** A moment, as ISO 8601 in UTC with milliseconds. */
export const moment = z.iso.datetime().describe('A moment, ISO 8601 in UTC.')

/** US dollars, exact, as decimal text: never a JSON number, which could not hold it. */
export const usdText = z
  .string()
  .describe('US dollars as exact decimal text without a sign ("4.999787").')

/** A name that a person chose. */
export const displayName = z
  .string()
  .normalize('NFC')
  .trim()
  .min(1)
  .max(nameLengthMax)
  .refine((text) => !/\p{Cc}/u.test(text), 'must not hold control characters')
  .refine((text) => !deceives(text), 'must not hold characters that hide or reorder text')
  .describe('A name that people will recognise.')

/**
 * True for text that does not look like what it is: directions that reorder it, characters nobody sees
 * (but the joiners that scripts and emoji need), halves of characters, piles of marks.
 */
function deceives(text: string): boolean {
  return (
    /[\p{Zl}\p{Zp}\p{Cs}\p{Co}]/u.test(text) ||
    /\p{Cf}/u.test(text.replaceAll(/[\u200c\u200d]/gu, '')) ||
    /[\u115f\u1160\u3164\uffa0]/u.test(text) ||
    /\p{M}{5,}/u.test(text)
  )
}

/** How much of each request is kept. */
export const contentMode = z
  .enum(['none', 'metadata', 'full'])
  .describe(
    'How much of each request is kept: `full` with messages and output, `metadata` without them, ' +
      '`none` only what billing needs.',
  )

/** Why something was done, for the account's owner to read. */
export const reason = z
  .string()
  .trim()
  .min(1)
  .max(500)
  .refine((text) => !/\p{Cc}/u.test(text), 'must not hold control characters')
  .describe('Why, for the account’s owner to read.')

/** How many rows a page holds, as query text. */
export const limitQuery = z.coerce
  .number()
  .int()
  .min(1)
  .max(pageSizeMax)
  .default(50)
  .describe('How many rows to return.')

/** Where a page starts, as query text. */
export const afterQuery = z
  .string()
  .min(1)
  .max(200)
  .optional()
  .describe('Continue after this cursor: the `next` of the page before.')

/** Where the next page starts. */
export const nextCursor = z
  .string()
  .nullable()
  .describe('Pass it as `after` to get the next page; null on the last one.')

/** An id on its way out. */
export const accountId = z.templateLiteral(['acct_', z.string()]).describe('The id of an account.')
/** An id on its way out. */
export const keyId = z.templateLiteral(['key_', z.string()]).describe('The id of a key.')
/** An id on its way out. */
export const projectId = z
  .templateLiteral(['proj_', z.string()])
  .describe('The id of a project: a part of an account.')
/** An id on its way out. */
export const generationId = z
  .templateLiteral(['gen-', z.string()])
  .describe('The id of a generation: one request of a customer.')
/** An id on its way out. */
export const priceVersionId = z
  .templateLiteral(['price_', z.string()])
  .describe('The id of one immutable version of a price sheet.')
/** An id on its way out. */
export const personId = z.templateLiteral(['usr_', z.string()]).describe('The id of a person.')
/** An id on its way out. */
export const sessionId = z.templateLiteral(['ses_', z.string()]).describe('The id of a session.')
/** An id on its way out. */
export const passkeyId = z.templateLiteral(['pk_', z.string()]).describe('The id of a passkey.')
/** An id on its way out. */
export const invitationId = z
  .templateLiteral(['inv_', z.string()])
  .describe('The id of an invitation.')
/** An id on its way out. */
export const challengeId = z
  .templateLiteral(['chal_', z.string()])
  .describe('The id of a proof under way, known only to the browser that began it.')
/** An e-mail address as a person types it; what it must look like is checked by the operation. */
export const emailText = z.string().trim().min(3).max(320).describe('An e-mail address.')
/** The place of a person in an account. */
export const memberRole = z
  .enum(['owner', 'admin', 'developer', 'billing', 'viewer'])
  .describe(
    '`owner`: everything; `admin`: everything but what ends the account; `developer`: keys and ' +
      'requests; `billing`: money; `viewer`: look.',
  )
