import type { MemberRole } from '#domain/people.ts'
import { inputClass } from '#web/elements/field.tsx'

import { roles } from './roles.ts'

/** A role, chosen from those that may be given: only owners make owners. */
export function RoleSelect({
  label,
  value,
  mayMakeOwners,
  isBusy = false,
  onChange,
}: {
  label: string
  value: MemberRole
  mayMakeOwners: boolean
  isBusy?: boolean
  onChange: (role: MemberRole) => void
}) {
  return (
    <select
      aria-label={label}
      aria-busy={isBusy || undefined}
      disabled={isBusy}
      value={value}
      onChange={({ target }) => onChange(target.value as MemberRole)}
      className={`${inputClass} w-36!`}
    >
      {roles
        .filter((role) => mayMakeOwners || role.value !== 'owner' || value === 'owner')
        .map((role) => (
          <option key={role.value} value={role.value}>
            {role.value}
          </option>
        ))}
    </select>
  )
}
