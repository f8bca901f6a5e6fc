import { z } from 'zod'

import { accountId, memberRole, moment, personId } from './shapes.ts'

/** One member of an account. */
export const memberShape = z
  .strictObject({
    person_id: personId,
    account_id: accountId,
    email: z.string(),
    display_name: z.string(),
    role: memberRole,
    since: moment,
  })
  .meta({ id: 'Member' })

/** The path of one member. */
export const memberPath = z.strictObject({ account_id: accountId, person_id: personId })

/** Body of a change of a member. */
export const memberChangeBody = z.strictObject({ role: memberRole })

/** Answer with one member. */
export const memberAnswer = z.strictObject({ data: memberShape })

/** Answer with all members of an account, those who joined first first. */
export const memberListAnswer = z.strictObject({ data: z.array(memberShape) })
