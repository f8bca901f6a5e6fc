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
} as const
