import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { Scale } from 'lucide-react'
import { useState } from 'react'

import { type Loose, withoutUndefined } from '#web/client/loose.ts'
import { reading } from '#web/client/queries.ts'
import { Button } from '#web/elements/button.tsx'
import { FilterChip } from '#web/elements/chip.tsx'
import { type Column, DataTable } from '#web/elements/data-table.tsx'
import { SearchField } from '#web/elements/field.tsx'
import { dateOf } from '#web/elements/moments.ts'
import { readableCount } from '#web/elements/numbers.ts'
import { Page, Panel } from '#web/elements/page.tsx'
import { Price } from '#web/elements/price.tsx'
import { Empty, Failure, SkeletonRows } from '#web/elements/states.tsx'

import { Comparison } from './comparison.tsx'
import type { ModelsSearch } from './models-search.ts'
import { narrowModels } from './narrow-models.ts'
import { type ListedModel, sheetOf } from './price-sheet.ts'

const compareMax = 4

const columns: readonly Column<ListedModel>[] = [
  {
    id: 'name',
    title: 'Model',
    width: 'minmax(200px, 3fr)',
    phone: 'title',
    isSortable: true,
    cell: (model) => (
      <span className="flex min-w-0 items-baseline gap-2">
        <Link to="/models/$author/$slug" params={addressOf(model)} className="truncate font-medium">
          {model.name}
        </Link>
        <span className="hidden truncate font-mono text-12 text-muted lg:inline">{model.id}</span>
      </span>
    ),
  },
  {
    id: 'providers',
    title: 'Providers',
    width: 'minmax(96px, 1fr)',
    phone: 'line',
    cell: ({ providers }) => (
      <span className="text-muted">{providers.map(({ name }) => name).join(', ') || '–'}</span>
    ),
  },
  {
    id: 'context',
    title: 'Context',
    width: '80px',
    align: 'end',
    phone: 'line',
    isSortable: true,
    cell: ({ context_length }) => (
      <span className="font-mono">{readableCount(context_length)}</span>
    ),
  },
  {
    id: 'prompt',
    title: 'Input / 1M',
    width: '104px',
    align: 'end',
    phone: 'aside',
    isSortable: true,
    cell: ({ pricing }) => (
      <>
        <Price rate={pricing && sheetOf(pricing).base.prompt} />
        <span className="text-12 text-muted md:hidden"> in</span>
      </>
    ),
  },
  {
    id: 'completion',
    title: 'Output / 1M',
    width: '104px',
    align: 'end',
    phone: 'aside',
    isSortable: true,
    cell: ({ pricing }) => (
      <>
        <Price rate={pricing && sheetOf(pricing).base.completion} />
        <span className="text-12 text-muted md:hidden"> out</span>
      </>
    ),
  },
  {
    id: 'released',
    title: 'Released',
    width: '96px',
    align: 'end',
    phone: 'none',
    isSortable: true,
    cell: ({ created }) => <span className="text-muted">{dateOf(created * 1000, 'utc')}</span>,
  },
]

/** Every model: narrowed, sorted and compared by its price, context and the data policy of who serves it. */
export function ModelsPage() {
  const search: ModelsSearch = useSearch({ from: '/framed/models' })
  const navigate = useNavigate({ from: '/models' })
  const { data, error, refetch } = useQuery(reading('GET /v1/models', {}))
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const change = (part: Loose<ModelsSearch>) =>
    void navigate({ search: (before) => withoutUndefined({ ...before, ...part }), replace: true })
  const models = narrowModels(data?.data ?? [], search)
  const compared = (search.compare?.split(',') ?? []).flatMap(
    (id) => data?.data.find((model) => model.id === id) ?? [],
  )
  return (
    <Page
      title="Models"
      about="Every model that one key opens. Prices are US dollars for a million tokens."
      isWide
      actions={
        <Button
          icon={<Scale size={15} aria-hidden />}
          disabled={selected.size < 2}
          title="Select two to four models first"
          onClick={() => change({ compare: [...selected].slice(0, compareMax).join(',') })}
        >
          Compare{selected.size > 0 ? ` ${Math.min(selected.size, compareMax)}` : ''}
        </Button>
      }
    >
      {compared.length > 1 && (
        <Comparison models={compared} close={() => change({ compare: undefined })} />
      )}
      <Panel isFlush>
        <Filters models={data?.data ?? []} search={search} change={change} />
        {error && (
          <div className="p-4">
            <Failure error={error} retry={() => void refetch()} />
          </div>
        )}
        {!data && !error && <SkeletonRows count={12} />}
        {data && models.length === 0 && (
          <Empty
            title={data.data.length === 0 ? 'No model is served yet' : 'No model fits'}
            action={
              data.data.length > 0 && (
                <Button onClick={() => void navigate({ search: {} })}>Clear the filters</Button>
              )
            }
          >
            {data.data.length === 0
              ? 'The operator adds models with a provider’s key or a configuration file.'
              : 'Loosen a filter, or search for another word.'}
          </Empty>
        )}
        {models.length > 0 && (
          <DataTable
            label="Models"
            rows={models}
            columns={columns}
            keyOf={({ id }) => id}
            open={(model) =>
              void navigate({ to: '/models/$author/$slug', params: addressOf(model) })
            }
            sorting={{
              by: search.sort ?? 'released',
              isDescending: search.down ?? search.sort === undefined,
            }}
            onSort={({ by, isDescending }) =>
              change({ sort: by as NonNullable<ModelsSearch['sort']>, down: isDescending })
            }
            selected={selected}
            onSelect={setSelected}
          />
        )}
      </Panel>
    </Page>
  )
}

function Filters({
  models,
  search,
  change,
}: {
  models: readonly ListedModel[]
  search: ModelsSearch
  change: (part: Loose<ModelsSearch>) => void
}) {
  const authors = [...new Set(models.map(({ owned_by }) => owned_by))].sort()
  const modalities = [...new Set(models.flatMap((model) => model.architecture.input_modalities))]
  return (
    <div className="flex flex-wrap items-center gap-2 border-b border-line p-3">
      <SearchField
        label="Search models"
        value={search.q ?? ''}
        onChange={(q) => change({ q: q === '' ? undefined : q })}
      />
      {authors.slice(0, 8).map((author) => (
        <FilterChip
          key={author}
          isOn={search.author === author}
          onChange={(isOn) => change({ author: isOn ? author : undefined })}
        >
          {author}
        </FilterChip>
      ))}
      {modalities
        .filter((modality) => modality !== 'text')
        .map((modality) => (
          <FilterChip
            key={modality}
            isOn={search.takes === modality}
            onChange={(isOn) => change({ takes: isOn ? modality : undefined })}
          >
            takes {modality}
          </FilterChip>
        ))}
      <FilterChip
        isOn={search.policy === 'no-training'}
        onChange={(isOn) => change({ policy: isOn ? 'no-training' : undefined })}
      >
        does not train
      </FilterChip>
      <FilterChip
        isOn={search.policy === 'no-retention'}
        onChange={(isOn) => change({ policy: isOn ? 'no-retention' : undefined })}
      >
        keeps nothing
      </FilterChip>
    </div>
  )
}

function addressOf({ id }: ListedModel): { author: string; slug: string } {
  const slash = id.indexOf('/')
  return { author: id.slice(0, slash), slug: id.slice(slash + 1) }
}
