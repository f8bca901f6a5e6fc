import type { MemberRole } from '#domain/people.ts'
import { inputClass } from '#web/elements/field.tsx'

import { mayOf, roles } from './roles.ts'

/** A role, chosen from those that may be given: only owners make owners. */
export function RoleSelect({
  label,
  id,
  value,
  mayMakeOwners,
  isBusy = false,
  onChange,
}: {
  /** What it is called where no label stands beside it. */
  label?: string
  id?: string
  value: MemberRole
  mayMakeOwners: boolean
  isBusy?: boolean
  onChange: (role: MemberRole) => void
}) {
  return (
    <select
      id={id}
      aria-label={label}
      aria-busy={isBusy || undefined}
      disabled={isBusy}
      title={mayOf(value)}
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
