import { unreachable } from '#domain/faults.ts'
import type { Clock } from '#ports/clock.ts'
import type { RequestSigner } from '#ports/request-signer.ts'

import { createAwsSigner } from './aws-signer.ts'
import { createGoogleTokenSigner } from './google-token.ts'

/** Signs for every kind of credential that can be configured. */
export interface AnyRequestSigner extends RequestSigner {
  readonly close: () => Promise<void>
}

/** Makes one; it asks for nothing before something is to be signed. */
export function createRequestSigner(clock: Pick<Clock, 'nowMs'>): AnyRequestSigner {
  const google = createGoogleTokenSigner(clock)
  const aws = createAwsSigner(clock, 'bedrock')
  return {
    sign(request, credential) {
      switch (credential.kind) {
        case 'google_service_account':
          return google.sign(request, credential)
        case 'aws':
          return aws.sign(request, credential)
        default:
          return unreachable(credential)
      }
    },
    close: google.close,
  }
}
