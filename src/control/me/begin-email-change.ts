import type { controlRoutes } from '#contract/routes.ts'
import type { Operation } from '#control/operation.ts'
import { sendCode, viewSentCode, type CodeParts } from '#control/sign-in/challenges.ts'
import { readAddress } from '#control/sign-in/read-address.ts'
import { Fault } from '#domain/faults.ts'

/**
 * Sends a code to a new address. Whether somebody else has that address is not told: only its owner, who
 * reads the mail, finds out.
 */
export function beginEmailChange(
  parts: CodeParts,
): Operation<typeof controlRoutes.beginEmailChange> {
  return async ({ actor, body, visitor }) => {
    const email = readAddress(body.email)
    const { person } = actor
    if (email === person.email) {
      const detail = 'email: this is your address already.'
      throw new Fault('invalid_request', { param: 'email', details: { detail } })
    }
    const wish = { email, purpose: 'email_change', personId: person.id, visitor } as const
    return { data: viewSentCode(await sendCode(wish, parts)) }
  }
}
