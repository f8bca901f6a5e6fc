import { parseUsd } from '#domain/money.ts'
import type { CallOutput } from '#web/client/call.ts'
import { classNames } from '#web/elements/class-names.ts'
import { Money } from '#web/elements/money.tsx'

import type { Key } from './key-calls.ts'

type Spent = CallOutput<'GET /api/accounts/{account_id}'>['data']['spent']

const spans = [
  ['day', 'Today'],
  ['week', 'This week'],
  ['month', 'This month'],
  ['total', 'In all'],
] as const

/** What was spent in each window, beside what may be: a bar where there is a limit. */
export function SpentMeters({ spent, limits }: { spent: Spent; limits: Key['limits'] }) {
  return (
    <dl className="grid grid-cols-2 gap-x-6 gap-y-4 md:grid-cols-4">
      {spans.map(([span, title]) => (
        <Meter key={span} title={title} spent={spent[span]} limit={limits?.spend[span] ?? null} />
      ))}
    </dl>
  )
}

function Meter({ title, spent, limit }: { title: string; spent: string; limit: string | null }) {
  const most = limit === null ? undefined : parseUsd(limit)
  const part = most === undefined ? null : partOf(parseUsd(spent) ?? 0n, most)
  return (
    <div className="min-w-0">
      <dt className="text-12 text-muted">{title}</dt>
      <dd className="mt-0.5">
        <Money usd={spent} className="text-16" />
        <span className="block text-12 text-muted">
          {limit === null ? (
            'no limit'
          ) : (
            <>
              of <Money usd={limit} />
            </>
          )}
        </span>
        {part !== null && (
          <svg
            aria-hidden="true"
            viewBox="0 0 1000 4"
            preserveAspectRatio="none"
            className="mt-1.5 h-1 w-full"
          >
            <rect width="1000" height="4" className="fill-sunken" />
            <rect
              width={String(part)}
              height="4"
              className={classNames(
                part >= 1000n ? 'fill-negative' : part >= 800n ? 'fill-caution' : 'fill-accent',
              )}
            />
          </svg>
        )}
      </dd>
    </div>
  )
}

/** In thousandths, at most all of it. */
function partOf(spent: bigint, most: bigint): bigint {
  if (most <= 0n) return 1000n
  const part = (spent * 1000n) / most
  return part > 1000n ? 1000n : part
}
