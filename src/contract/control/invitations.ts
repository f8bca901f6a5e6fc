import { z } from 'zod'

import { handedTokenLength } from '#domain/account-limits.ts'

import { accountId, emailText, invitationId, memberRole, moment } from './shapes.ts'

/** One open invitation, without what accepts it. */
export const invitationShape = z
  .strictObject({
    id: invitationId,
    account_id: accountId,
    email: z.string(),
    role: memberRole,
    status: z.enum(['open', 'expired']).describe('`expired`: send it again, or withdraw it.'),
    invited_by: z.string().describe('The id of a person or of a key.'),
    created_at: moment,
    last_sent_at: moment,
    sent_count: z.int().describe('How many mails were sent.'),
    expires_at: moment,
  })
  .meta({ id: 'Invitation' })

/** The path of one invitation of an account. */
export const invitationPath = z.strictObject({
  account_id: accountId,
  invitation_id: invitationId,
})

/** Body of a new invitation. */
export const newInvitationBody = z.strictObject({ email: emailText, role: memberRole })

/** Answer with one invitation. */
export const invitationAnswer = z.strictObject({ data: invitationShape })

/** Answer with the open invitations of an account, newest first. */
export const invitationListAnswer = z.strictObject({ data: z.array(invitationShape) })

/** Body of whoever was invited: what the link in the mail holds behind the #. */
export const invitationTokenBody = z.strictObject({
  token: z
    .string()
    .regex(new RegExp(`^[0-9A-Za-z]{${handedTokenLength}}$`), 'is not what the link holds')
    .describe('What stands behind the # of the link in the mail.'),
})

/** An invitation as the person it was sent to sees it. */
export const receivedInvitationShape = z
  .strictObject({
    account_id: accountId,
    account_name: z.string(),
    role: memberRole.describe('For someone who is a member already: the role they keep.'),
    invited_by: z
      .string()
      .nullable()
      .describe('The name of who invited; null: not known any more.'),
    is_member: z.boolean().describe('True for someone who is a member of the account.'),
    expires_at: moment,
  })
  .meta({ id: 'ReceivedInvitation' })

/** Answer with an invitation to oneself. */
export const receivedInvitationAnswer = z.strictObject({ data: receivedInvitationShape })
