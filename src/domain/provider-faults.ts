/**
 * The rows of the faults table (`faults.ts`) that tell how a provider failed. They are public words like all
 * others there.
 */
export const providerFaults = {
  provider_rejected: {
    status: 400,
    type: 'invalid_request_error',
    errorType: 'invalid_request',
    message: '{provider} refused the request: {detail}',
  },
  provider_unavailable: {
    status: 502,
    type: 'server_error',
    errorType: 'provider_unavailable',
    message: '{provider} could not be reached or broke off the connection. Try again in a moment.',
  },
  provider_invalid_response: {
    status: 502,
    type: 'server_error',
    errorType: 'provider_unavailable',
    message: '{provider} sent an answer that could not be read ({detail}). Try again in a moment.',
  },
  provider_error: {
    status: 502,
    type: 'server_error',
    errorType: 'provider_unavailable',
    message: '{provider} reported an error: {detail}',
  },
  provider_timeout: {
    status: 504,
    type: 'server_error',
    errorType: 'timeout',
    message: '{provider} did not answer in time. Try again, or choose another model.',
  },
  own_credential_refused: {
    status: 403,
    type: 'permission_error',
    errorType: 'permission_denied',
    message:
      'Your own key "{label}" was not accepted by {provider}{status}: {detail} {advice} Nothing was charged here.',
  },
  own_address_refused: {
    status: 400,
    type: 'invalid_request_error',
    errorType: 'invalid_request',
    message:
      'The address of your own key "{label}" may not be reached from here: {detail}. Use an address on the public internet with https; nothing was sent there.',
  },
  credential_not_found: {
    status: 404,
    type: 'invalid_request_error',
    errorType: 'not_found',
    message: 'There is no such provider key in this account. Look at the list for its id.',
  },
} as const
