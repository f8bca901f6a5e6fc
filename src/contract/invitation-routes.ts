import { accountPath } from './control/accounts.ts'
import * as invitations from './control/invitations.ts'
import type { Route } from './route.ts'

const account = { params: accountPath, unknown: 'account_not_found', tag: 'Members' } as const
const invitation = {
  params: invitations.invitationPath,
  unknown: 'invitation_not_found',
  tag: 'Members',
} as const

/** How people are invited to an account, and join it: part of the control API. */
export const invitationRoutes = {
  createInvitation: {
    ...account,
    id: 'createInvitation',
    caller: 'member:admin',
    method: 'POST',
    path: '/api/accounts/{account_id}/invitations',
    summary: 'Invite an address to an account by mail; owners are invited by owners',
    stepUp: 'manage_members',
    body: invitations.newInvitationBody,
    status: 201,
    output: invitations.invitationAnswer,
    faults: ['conflict', 'rate_limit_exceeded', 'mail_unavailable'],
  },
  listInvitations: {
    ...account,
    id: 'listInvitations',
    caller: 'member:admin',
    method: 'GET',
    path: '/api/accounts/{account_id}/invitations',
    summary: 'List the open invitations of an account, newest first',
    status: 200,
    output: invitations.invitationListAnswer,
    faults: [],
  },
  resendInvitation: {
    ...invitation,
    id: 'resendInvitation',
    caller: 'member:admin',
    method: 'POST',
    path: '/api/accounts/{account_id}/invitations/{invitation_id}/resend',
    summary: 'Send an invitation again: a fresh link for seven days; the one before stops working',
    status: 200,
    output: invitations.invitationAnswer,
    faults: ['conflict', 'rate_limit_exceeded', 'mail_unavailable'],
  },
  revokeInvitation: {
    ...invitation,
    id: 'revokeInvitation',
    caller: 'member:admin',
    method: 'DELETE',
    path: '/api/accounts/{account_id}/invitations/{invitation_id}',
    summary: 'Withdraw an invitation: its link stops working at once',
    status: 200,
    output: invitations.invitationAnswer,
    faults: [],
  },
  showReceivedInvitation: {
    id: 'showReceivedInvitation',
    tag: 'Members',
    caller: 'session',
    method: 'POST',
    path: '/api/invitations/show',
    summary: 'Show what the link of an invitation to one’s own address leads to',
    changesNothing: true,
    body: invitations.invitationTokenBody,
    status: 200,
    output: invitations.receivedInvitationAnswer,
    faults: ['invitation_over'],
  },
  acceptInvitation: {
    id: 'acceptInvitation',
    tag: 'Members',
    caller: 'session',
    method: 'POST',
    path: '/api/invitations/accept',
    summary: 'Join an account with the link that was sent to one’s own address, once',
    body: invitations.invitationTokenBody,
    status: 200,
    output: invitations.receivedInvitationAnswer,
    faults: ['invitation_over'],
  },
} as const satisfies Record<string, Route>
