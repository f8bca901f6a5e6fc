import { formatUsd, parseUsd } from '#domain/money.ts'
import type { CallOutput } from '#web/client/call.ts'
import { type Column, DataTable } from '#web/elements/data-table.tsx'
import { Money } from '#web/elements/money.tsx'
import { exactCount } from '#web/elements/numbers.ts'
import { seriesColour, seriesColourCount } from '#web/elements/stacked-chart.tsx'

import type { UsageGroup } from './usage-series.ts'

type Total = CallOutput<'GET /api/accounts/{account_id}/usage'>['total']

/** The table under the chart, which is the chart: a row for each colour, and the exact sums. */
export function UsageTable({
  groups,
  total,
  title,
  open,
}: {
  groups: readonly UsageGroup[]
  total: Total
  title: string
  open: (group: UsageGroup) => void
}) {
  const whole = parseUsd(total.cost) ?? 0n
  const columns: readonly Column<UsageGroup>[] = [
    {
      id: 'group',
      title,
      width: 'minmax(160px, 3fr)',
      phone: 'title',
      cell: (group) => (
        <button
          type="button"
          onClick={() => open(group)}
          className="flex max-w-full items-center gap-2 font-medium hover:underline"
        >
          <span
            aria-hidden="true"
            className="size-2.5 shrink-0 rounded-xs"
            style={{ backgroundColor: colourOf(groups, group) }}
          />
          <span className="truncate">{group.label}</span>
        </button>
      ),
    },
    {
      id: 'requests',
      title: 'Requests',
      width: '104px',
      align: 'end',
      phone: 'line',
      cell: ({ requests }) => <Count count={requests} what="requests" />,
    },
    {
      id: 'in',
      title: 'Tokens in',
      width: '120px',
      align: 'end',
      phone: 'line',
      cell: ({ promptTokens }) => <Count count={promptTokens} what="in" />,
    },
    {
      id: 'cached',
      title: 'Of them cached',
      width: '120px',
      align: 'end',
      phone: 'none',
      cell: ({ cachedTokens }) => (
        <span className="font-mono text-muted">{exactCount(cachedTokens)}</span>
      ),
    },
    {
      id: 'out',
      title: 'Tokens out',
      width: '120px',
      align: 'end',
      phone: 'line',
      cell: ({ completionTokens }) => <Count count={completionTokens} what="out" />,
    },
    {
      id: 'share',
      title: 'Share',
      width: '72px',
      align: 'end',
      phone: 'none',
      cell: ({ cost }) => (
        <span className="font-mono text-muted">
          {whole === 0n
            ? '–'
            : `${(cost * 1000n) / whole / 10n}.${((cost * 1000n) / whole) % 10n} %`}
        </span>
      ),
    },
    {
      id: 'cost',
      title: 'Cost',
      width: '112px',
      align: 'end',
      phone: 'aside',
      cell: ({ cost }) => <Money usd={formatUsd(cost)} />,
    },
  ]
  return (
    <div className="border-t border-line">
      <DataTable label="Usage" rows={groups} columns={columns} keyOf={({ id }) => id} open={open} />
      <div className="flex flex-wrap items-baseline justify-between gap-4 px-3 py-2 text-13">
        <span className="font-medium">In all</span>
        <span className="text-muted">
          {exactCount(total.requests)} requests · {exactCount(total.prompt_tokens)} in ·{' '}
          {exactCount(total.completion_tokens)} out ·{' '}
          <Money usd={total.cost} className="font-medium text-text" />
        </span>
      </div>
    </div>
  )
}

/** A count; on a phone, where no column has a title, with the word for it. */
function Count({ count, what }: { count: number; what: string }) {
  return (
    <span className="font-mono">
      {exactCount(count)}
      <span className="font-sans md:hidden"> {what}</span>
    </span>
  )
}

function colourOf(groups: readonly UsageGroup[], group: UsageGroup): string {
  const index = groups.indexOf(group)
  return seriesColour(
    groups.length > seriesColourCount ? Math.min(index, seriesColourCount - 1) : index,
  )
}
