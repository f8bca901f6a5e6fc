import { SelectField } from '#web/elements/field.tsx'

import type { Project } from './project-calls.ts'

/** The project that a new key joins, or none; nothing where no project takes keys. */
export function ProjectChoice({
  projects,
  value,
  onChange,
}: {
  projects: readonly Project[]
  /** The id of a project; empty: none. */
  value: string
  onChange: (id: string) => void
}) {
  const open = projects.filter(({ archived_at }) => archived_at === null)
  if (open.length === 0) return null
  return (
    <SelectField
      label="Project"
      help="A key belongs to its project for its whole life."
      options={[['', 'none'], ...open.map(({ id, name }) => [id, name] as const)]}
      value={value}
      onChoose={onChange}
    />
  )
}
