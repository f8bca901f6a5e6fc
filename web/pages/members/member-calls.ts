import type { MemberRole } from '#domain/people.ts'
import { call, type CallOutput } from '#web/client/call.ts'

/** One person in an account. */
export type Member = CallOutput<'GET /api/accounts/{account_id}/members'>['data'][number]

/** Gives a member another role: it counts from their next click on. */
export function changeRole({ account_id, person_id }: Member, role: MemberRole) {
  return call('PATCH /api/accounts/{account_id}/members/{person_id}', {
    params: { account_id, person_id },
    body: { role },
  })
}

/** Takes a member out of the account: they may not even look any more. */
export function removeMember({ account_id, person_id }: Member) {
  return call('DELETE /api/accounts/{account_id}/members/{person_id}', {
    params: { account_id, person_id },
  })
}
