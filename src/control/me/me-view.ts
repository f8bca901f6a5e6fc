import type { z } from 'zod'

import type { meShape } from '#contract/control/me.ts'
import {
  currentPolicies,
  runsInstallation,
  type MembershipWithAccount,
  type Person,
} from '#domain/people.ts'
import type { Session } from '#domain/sessions.ts'

/** A person in the words of the wire, as that person sees it. */
export function viewMe(seen: {
  readonly person: Person
  readonly session: Pick<Session, 'authenticatedBy'>
  readonly memberships: readonly MembershipWithAccount[]
}): z.input<typeof meShape> {
  const { person, session, memberships } = seen
  const isOperator = runsInstallation(memberships)
  const accepted = person.acceptedPolicies.some(
    ({ document, version }) => version === currentPolicies[document],
  )
  return {
    id: person.id,
    email: person.email,
    display_name: person.displayName,
    locale: person.locale,
    age_statement: person.ageStatement,
    accepted_policies: person.acceptedPolicies.map(({ document, version, acceptedAt }) => ({
      document,
      version,
      at: acceptedAt.toISOString(),
    })),
    policies_to_accept: accepted ? [] : [{ document: 'privacy', version: currentPolicies.privacy }],
    is_operator: isOperator,
    needs_passkey: isOperator && session.authenticatedBy !== 'passkey',
    accounts: memberships
      .filter(({ account }) => account.status !== 'closed')
      .map(({ account, membership }) => ({
        id: account.id,
        display_name: account.displayName,
        kind: account.role,
        status: account.status,
        role: membership.role,
      })),
    created_at: person.createdAt.toISOString(),
  }
}
