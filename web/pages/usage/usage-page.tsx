import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useMemo, useState } from 'react'

import { download } from '#web/client/download.ts'
import { type Loose, withoutUndefined } from '#web/client/loose.ts'
import { type MyAccount, useAccount } from '#web/client/me.ts'
import { reading } from '#web/client/queries.ts'
import { readableUsd } from '#web/elements/amounts.ts'
import { FilterChip } from '#web/elements/chip.tsx'
import { Choice } from '#web/elements/choice.tsx'
import { DownloadButton } from '#web/elements/download-button.tsx'
import { useNowMs } from '#web/elements/moment.tsx'
import { dateOf, exactMoment } from '#web/elements/moments.ts'
import { exactCount, readableCount } from '#web/elements/numbers.ts'
import { Page, Panel } from '#web/elements/page.tsx'
import { seriesColourCount, StackedChart } from '#web/elements/stacked-chart.tsx'
import { Empty, Failure, Skeleton, SkeletonRows } from '#web/elements/states.tsx'
import { useKeyNames } from '#web/pages/keys/use-key-names.ts'
import { useProjects } from '#web/pages/projects/project-calls.ts'
import { usePreferences } from '#web/shell/preferences.ts'

import { periodOf, type UsageSearch } from './usage-search.ts'
import { type UsageGroup, groupsOf, heightOf } from './usage-series.ts'
import { UsageTable } from './usage-table.tsx'

/** What was used, as bars and as the table the bars are made of; a click looks closer. */
export function UsagePage() {
  const account = useAccount()
  return account ? (
    <AccountUsage key={account.id} account={account} />
  ) : (
    <Page title="Usage" isWide>
      <SkeletonRows count={12} />
    </Page>
  )
}

const nextGrouping = { model: 'key', provider: 'model', key: 'model', project: 'key' } as const
const quarterHourMs = 900_000

function AccountUsage({ account }: { account: MyAccount }) {
  const search = useSearch({ from: '/framed/signed-in/usage' })
  const navigate = useNavigate({ from: '/usage' })
  const { span = '30d', by = 'model', show = 'cost', model, provider, key_id, project } = search
  const quarter = Math.floor(useNowMs() / quarterHourMs)
  const period = useMemo(() => periodOf(span, quarter * quarterHourMs), [span, quarter])
  const asked = {
    params: { account_id: account.id },
    query: {
      ...{ from: period.from, until: period.until, interval: period.interval, group_by: by },
      ...withoutUndefined({ model, provider, key_id, project_id: project }),
    },
  }
  const { data, error, refetch, isPlaceholderData } = useQuery({
    ...reading('GET /api/accounts/{account_id}/usage', asked),
    placeholderData: keepPreviousData,
    refetchInterval: 15_000,
  })
  const unnamed = by === 'project' ? 'in no project' : 'unknown'
  const groups = useMemo(() => groupsOf(data?.data ?? [], unnamed), [data, unnamed])
  const change = (part: Loose<UsageSearch>) =>
    void navigate({ search: (before) => withoutUndefined({ ...before, ...part }), replace: true })
  const lookInto = ({ id }: UsageGroup) => {
    // What has no name cannot be narrowed to.
    if (id !== '') change({ [by === 'key' ? 'key_id' : by]: id, by: nextGrouping[by] })
  }
  return (
    <Page
      title="Usage"
      about="Exactly what was charged, summed in nano-dollars."
      isWide
      actions={
        <DownloadButton
          title="The rows of the chart: what each cost, to the nano-dollar"
          isEmpty={groups.length === 0}
          run={() => download('GET /api/accounts/{account_id}/usage.csv', asked)}
        />
      }
    >
      <Panel isFlush>
        <UsageFilters account={account} search={search} change={change} />
        {!data && error && (
          <div className="p-4">
            <Failure error={error} retry={() => void refetch()} />
          </div>
        )}
        {!data && !error && <Skeleton className="m-4 h-65" />}
        {data && groups.length === 0 && (
          <Empty title="Nothing was used in this time">
            Choose a longer period, or loosen a filter.
          </Empty>
        )}
        {data && groups.length > 0 && (
          <div className={isPlaceholderData ? 'opacity-60' : ''}>
            <Chart groups={groups} period={period} show={show} />
            <UsageTable
              groups={groups}
              total={data.total}
              title={groupings.find(({ value }) => value === by)?.label ?? by}
              open={lookInto}
            />
          </div>
        )}
      </Panel>
    </Page>
  )
}

function UsageFilters({
  account,
  search,
  change,
}: {
  account: MyAccount
  search: UsageSearch
  change: (part: Loose<UsageSearch>) => void
}) {
  const nameOf = useKeyNames(account.id)
  const projects = useProjects(account.id)
  const { span = '30d', by = 'model', show = 'cost', model, provider, key_id, project } = search
  const filterWords = (name: 'model' | 'provider' | 'key_id' | 'project', value: string) => {
    if (name === 'key_id') return `key ${nameOf(value)}`
    if (name !== 'project') return value
    return `project ${projects?.find(({ id }) => id === value)?.name ?? value}`
  }
  return (
    <div className="flex flex-wrap items-center gap-2 border-b border-line p-3">
      <Choice
        label="Period"
        isLabelHidden
        value={span}
        options={spans}
        onChange={(value) => change({ span: value })}
      />
      <Choice
        label="By"
        isLabelHidden
        value={by}
        options={groupings}
        onChange={(value) => change({ by: value })}
      />
      <Choice
        label="Shown"
        isLabelHidden
        value={show}
        options={measures}
        onChange={(value) => change({ show: value })}
      />
      {(
        [
          ['model', model],
          ['provider', provider],
          ['key_id', key_id],
          ['project', project],
        ] as const
      ).map(
        ([name, value]) =>
          value !== undefined && (
            <FilterChip key={name} isOn onChange={() => change({ [name]: undefined })}>
              {filterWords(name, value)}
            </FilterChip>
          ),
      )}
    </div>
  )
}

const spans = [
  { value: '24h', label: '24 h' },
  { value: '7d', label: '7 days' },
  { value: '30d', label: '30 days' },
  { value: '90d', label: '90 days' },
] as const
const groupings = [
  { value: 'model', label: 'Model' },
  { value: 'key', label: 'Key' },
  { value: 'project', label: 'Project' },
  { value: 'provider', label: 'Provider' },
] as const
const measures = [
  { value: 'cost', label: 'Cost' },
  { value: 'requests', label: 'Requests' },
  { value: 'tokens', label: 'Tokens' },
] as const

function Chart({
  groups,
  period,
  show,
}: {
  groups: readonly UsageGroup[]
  period: ReturnType<typeof periodOf>
  show: NonNullable<UsageSearch['show']>
}) {
  const { zone } = usePreferences()
  const [pointed, setPointed] = useState<number | null>(null)
  const atSeconds = useMemo(() => period.starts.map((start) => start / 1000), [period])
  const series = useMemo(() => {
    const drawn = groups.slice(0, seriesColourCount - 1)
    const rest = groups.slice(seriesColourCount - 1)
    const valuesOf = (own: readonly UsageGroup[]) =>
      period.starts.map((start) =>
        own.reduce((sum, { steps }) => sum + heightOf(steps.get(start), show), 0),
      )
    return [
      ...drawn.map(({ id, label, ...group }) => ({
        id,
        label,
        values: valuesOf([{ id, label, ...group }]),
      })),
      ...(rest.length > 0 ? [{ id: 'rest', label: 'others', values: valuesOf(rest) }] : []),
    ]
  }, [groups, period, show])
  const start = pointed === null ? undefined : period.starts[pointed]
  return (
    <div className="px-2 pt-3">
      <p className="h-5 px-2 text-13 text-muted" aria-live="off">
        {start === undefined ? (
          'Point at a bar, or tap one, to read it.'
        ) : (
          <>
            <span className="text-text">
              {period.interval === 'day'
                ? dateOf(start, 'utc')
                : exactMoment(start, zone).slice(0, 16)}
            </span>
            {groups
              .filter(({ steps }) => steps.has(start))
              .slice(0, 4)
              .map(({ id, label, steps }) => (
                <span key={id}>
                  {' '}
                  · {label}{' '}
                  <span className="font-mono text-text">{words(steps.get(start), show)}</span>
                </span>
              ))}
          </>
        )}
      </p>
      <StackedChart
        label={`${show} over time; the table below has the same numbers`}
        atSeconds={atSeconds}
        series={series}
        stepSeconds={period.stepMs / 1000}
        write={(value) =>
          show === 'cost' ? writeDollars(value) : readableCount(Math.round(value))
        }
        onPoint={setPointed}
        onChoose={() => undefined}
      />
    </div>
  )
}

function words(
  step: Parameters<typeof heightOf>[0],
  show: NonNullable<UsageSearch['show']>,
): string {
  if (!step) return '–'
  return show === 'cost' ? readableUsd(step.cost) : exactCount(heightOf(step, show))
}

/** A line of the axis lies where the chart puts it: a float that stands for no amount. */
function writeDollars(value: number): string {
  return `$${value >= 1 || value === 0 ? value.toFixed(2) : value.toPrecision(2)}`
}
