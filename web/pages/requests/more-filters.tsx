import { Popover } from '@base-ui/react/popover'
import { useQuery } from '@tanstack/react-query'
import { ListFilter } from 'lucide-react'

import type { MyAccount } from '#web/client/me.ts'
import { reading } from '#web/client/queries.ts'
import { buttonClass } from '#web/elements/button.tsx'
import { SelectField, TextField } from '#web/elements/field.tsx'
import type { Project } from '#web/pages/projects/project-calls.ts'

import type { Change } from './request-filters.tsx'
import type { RequestsSearch } from './requests-search.ts'

/** The filters behind the button, open as soon as they are there: they are loaded when they are first wanted. */
export function MoreFilters({
  account,
  projects,
  search,
  change,
}: {
  account: MyAccount
  projects: readonly Project[] | undefined
  search: RequestsSearch
  change: Change
}) {
  const { data: models } = useQuery(reading('GET /v1/models', {}))
  const { data: keys } = useQuery(
    reading('GET /api/accounts/{account_id}/keys', { params: { account_id: account.id } }),
  )
  const providers = [
    ...new Map(
      models?.data.flatMap((model) =>
        model.providers.map(({ slug, name }) => [slug, name] as const),
      ),
    ),
  ]
  const text = (name: keyof RequestsSearch) => ({
    value: search[name] ?? '',
    onChange: ({ target }: { target: { value: string } }) =>
      change({ [name]: target.value.trim() === '' ? undefined : target.value.trim() }),
  })
  return (
    <Popover.Root defaultOpen>
      <Popover.Trigger className={buttonClass('plain', 'small')}>
        <ListFilter size={14} aria-hidden /> Filter
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner sideOffset={6} align="start" collisionPadding={8} className="z-40">
          <Popover.Popup className="flex w-80 flex-col gap-3 rounded border border-line bg-raised p-4 shadow-float outline-none">
            <Popover.Title className="sr-only">Filters</Popover.Title>
            <Options
              label="Model"
              {...text('model')}
              options={models?.data.map(({ id, name }) => [id, name] as const) ?? []}
            />
            <Options label="Provider" {...text('provider')} options={providers} />
            <Options
              label="Key"
              {...text('key_id')}
              options={keys?.data.map(({ id, name }) => [id, name] as const) ?? []}
            />
            {projects !== undefined && projects.length > 0 && (
              <Options
                label="Project"
                {...text('project')}
                options={projects.map(({ id, name }) => [id, name] as const)}
              />
            )}
            <div className="grid grid-cols-2 gap-3">
              <TextField label="Status" placeholder="4xx, 429" isMono {...text('status')} />
              <Options
                label="Streamed"
                {...text('streamed')}
                options={[
                  ['true', 'streamed'],
                  ['false', 'not streamed'],
                ]}
              />
              <TextField label="Cost from" placeholder="0.01" isMono {...text('cost_min')} />
              <TextField label="to" placeholder="1.00" isMono {...text('cost_max')} />
              <TextField
                label="Slower than, ms"
                placeholder="2000"
                isMono
                {...text('latency_min_ms')}
              />
              <TextField
                label="Faster than, ms"
                placeholder="500"
                isMono
                {...text('latency_max_ms')}
              />
            </div>
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  )
}

function Options({
  label,
  value,
  options,
  onChange,
}: {
  label: string
  value: string
  options: readonly (readonly [string, string])[]
  onChange: (event: { target: { value: string } }) => void
}) {
  return (
    <SelectField
      label={label}
      options={[['', 'any'], ...options]}
      value={value}
      onChoose={(chosen) => onChange({ target: { value: chosen } })}
    />
  )
}
