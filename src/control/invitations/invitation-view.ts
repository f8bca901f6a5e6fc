import type { z } from 'zod'

import type { invitationShape } from '#contract/control/invitations.ts'
import type { Invitation } from '#domain/invitations.ts'

/** An invitation in the words of the wire. */
export function viewInvitation(
  invitation: Invitation,
  nowMs: number,
): z.input<typeof invitationShape> {
  return {
    id: invitation.id,
    account_id: invitation.accountId,
    email: invitation.email,
    role: invitation.role,
    status: invitation.expiresAt.getTime() > nowMs ? 'open' : 'expired',
    invited_by: invitation.invitedBy,
    created_at: invitation.createdAt.toISOString(),
    last_sent_at: invitation.lastSentAt.toISOString(),
    sent_count: invitation.sentCount,
    expires_at: invitation.expiresAt.toISOString(),
  }
}
