import { Popover } from '@base-ui/react/popover'
import { useQuery } from '@tanstack/react-query'
import { Link2, ListFilter } from 'lucide-react'
import { type ReactNode, useState } from 'react'

import type { Loose } from '#web/client/loose.ts'
import type { MyAccount } from '#web/client/me.ts'
import { reading } from '#web/client/queries.ts'
import { Button, buttonClass } from '#web/elements/button.tsx'
import { FilterChip } from '#web/elements/chip.tsx'
import { Choice } from '#web/elements/choice.tsx'
import { useCopy } from '#web/elements/copy-text.tsx'
import { Field, inputClass, SearchField, TextField } from '#web/elements/field.tsx'
import { useKeyNames } from '#web/pages/keys/use-key-names.ts'
import { type Project, useProjects } from '#web/pages/projects/project-calls.ts'

import { outcomeWords } from './outcome-chip.tsx'
import { filtersIn, type RequestsSearch } from './requests-search.ts'

type Change = (part: Loose<RequestsSearch>) => void

const spans = [
  { value: 'all', label: 'All time' },
  { value: '1h', label: '1 h' },
  { value: '24h', label: '24 h' },
  { value: '7d', label: '7 days' },
  { value: '30d', label: '30 days' },
] as const

/** What narrows the list: the usual ones in sight, the others behind a button, each one that counts a chip. */
export function RequestFilters({
  account,
  search,
  change,
}: {
  account: MyAccount
  search: RequestsSearch
  change: Change
}) {
  const nameOf = useKeyNames(account.id)
  const projects = useProjects(account.id)
  const projectName = (id: string) => projects?.find((each) => each.id === id)?.name ?? id
  const [isCopied, copyLink] = useCopy(location.href)
  const [typedId, setTypedId] = useState(search.id ?? '')
  const others = filtersIn(search).filter(([name]) => !['outcome', 'last', 'id'].includes(name))
  return (
    <div className="flex flex-wrap items-center gap-2 border-b border-line p-3">
      <SearchField
        label="Search by id"
        value={typedId}
        onChange={(text) => {
          setTypedId(text)
          const id = text.trim()
          if (id === '' || /^[0-9A-Za-z-]{3,64}$/.test(id))
            change({ id: id === '' ? undefined : id })
        }}
      />
      <Choice
        label="Time"
        isLabelHidden
        value={search.last ?? 'all'}
        options={spans}
        onChange={(value) => change({ last: value === 'all' ? undefined : value })}
      />
      {Object.entries(outcomeWords).map(([outcome, [words]]) => (
        <FilterChip
          key={outcome}
          isOn={search.outcome === outcome}
          onChange={(isOn) => change({ outcome: isOn ? outcome : undefined })}
        >
          {words}
        </FilterChip>
      ))}
      <MoreFilters {...{ account, projects, search, change }} />
      {others.map(([name, value]) => (
        <FilterChip key={name} isOn onChange={() => change({ [name]: undefined })}>
          {name === 'project' ? `project ${projectName(value)}` : filterWords(name, value, nameOf)}
        </FilterChip>
      ))}
      {filtersIn(search).length > 0 && (
        <Button kind="quiet" size="small" icon={<Link2 size={14} aria-hidden />} onClick={copyLink}>
          {isCopied ? 'Link copied' : 'Copy the link'}
        </Button>
      )}
    </div>
  )
}

function filterWords(
  name: keyof RequestsSearch,
  value: string,
  nameOf: (keyId: string) => string,
): ReactNode {
  switch (name) {
    case 'key_id':
      return `key ${nameOf(value)}`
    case 'streamed':
      return value === 'true' ? 'streamed' : 'not streamed'
    case 'cost_min':
      return `cost from $${value}`
    case 'cost_max':
      return `cost to $${value}`
    case 'latency_min_ms':
      return `slower than ${value} ms`
    case 'latency_max_ms':
      return `faster than ${value} ms`
    case 'from':
      return `since ${value.slice(0, 16).replace('T', ' ')}`
    case 'until':
      return `before ${value.slice(0, 16).replace('T', ' ')}`
    default:
      return `${name} ${value}`
  }
}

function MoreFilters({
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
    <Popover.Root>
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
    <Field label={label}>
      {(ids) => (
        <select {...ids} value={value} onChange={onChange} className={inputClass}>
          <option value="">any</option>
          {options.map(([each, name]) => (
            <option key={each} value={each}>
              {name}
            </option>
          ))}
        </select>
      )}
    </Field>
  )
}
