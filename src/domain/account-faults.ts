/**
 * The rows of the faults table (`faults.ts`) about what accounts hand out: invitations to them, codes for
 * apps. They are public words like all others there.
 */
export const accountFaults = {
  invitation_not_found: {
    status: 404,
    type: 'invalid_request_error',
    errorType: 'not_found',
    message: 'The account has no open invitation with this id.',
  },
  invitation_over: {
    status: 404,
    type: 'invalid_request_error',
    errorType: 'not_found',
    message:
      'This invitation cannot be used: it was used or withdrawn, has expired, or was sent to another address than the one you are signed in with. Sign in with the address it was sent to, or ask for a new one.',
  },
  auth_code_refused: {
    status: 403,
    type: 'permission_error',
    errorType: 'permission_denied',
    message:
      'This code cannot be exchanged: it was used, is older than ten minutes, or the verifier is not the one of its challenge. Send the person through /app/auth again.',
  },
} as const
