import { z } from 'zod'

import { accountId, moment } from './shapes.ts'

/** Answer of a check of the books. */
export const ledgerVerificationAnswer = z.strictObject({
  data: z
    .strictObject({
      checked_at: moment,
      balanced: z.boolean().describe('True when not one nano-dollar is astray.'),
      differences: z.array(
        z.strictObject({
          invariant: z.string().describe('Which promise is broken, `I1` to `I9`.'),
          account_id: accountId.nullable(),
          detail: z.string(),
          difference: z.string().describe('US dollars as exact decimal text, with its sign.'),
        }),
      ),
    })
    .meta({ id: 'LedgerVerification' }),
})
