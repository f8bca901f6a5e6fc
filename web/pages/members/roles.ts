import type { MemberRole } from '#domain/people.ts'

/** The roles, from the one that may do everything down, and what each may do. */
export const roles: readonly { readonly value: MemberRole; readonly may: string }[] = [
  { value: 'owner', may: 'everything, what ends the account too' },
  { value: 'admin', may: 'members, projects, limits, keys and money' },
  { value: 'developer', may: 'keys and requests' },
  { value: 'billing', may: 'money, not keys' },
  { value: 'viewer', may: 'look, and change nothing' },
]

/** What a role may do, in a few words. */
export function mayOf(role: MemberRole): string {
  return roles.find(({ value }) => value === role)?.may ?? ''
}
