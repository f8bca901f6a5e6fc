import type { controlRoutes } from '#contract/routes.ts'
import type { Operation } from '#control/operation.ts'
import { currentPolicies } from '#domain/people.ts'

import { sendCode, viewSentCode, type CodeParts } from './challenges.ts'
import { readAddress } from './read-address.ts'

/** Sends a code to sign in with. Nothing in the answer tells whether anyone has the address. */
export function openChallenge(parts: CodeParts): Operation<typeof controlRoutes.openChallenge> {
  return async ({ body, visitor }) => {
    const email = readAddress(body.email)
    const sent = await sendCode({ email, purpose: 'sign_in', personId: null, visitor }, parts)
    return { data: { ...viewSentCode(sent), policies: currentPolicies } }
  }
}
