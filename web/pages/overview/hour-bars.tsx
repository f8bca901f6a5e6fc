import { useState } from 'react'

import { formatUsd, parseUsd, zeroNanoUsd } from '#domain/money.ts'
import type { CallOutput } from '#web/client/call.ts'
import { readableUsd } from '#web/elements/amounts.ts'
import { classNames } from '#web/elements/class-names.ts'
import { clockOf } from '#web/elements/moments.ts'
import { exactCount } from '#web/elements/numbers.ts'
import { usePreferences } from '#web/shell/preferences.ts'

type Hours = CallOutput<'GET /api/accounts/{account_id}/overview'>['data']['hourly']

const heightMax = 96n

/** What each of the last 24 hours cost; the hour under the pointer, or the last one, is told in words. */
export function HourBars({ hours }: { hours: Hours }) {
  const { zone } = usePreferences()
  const [chosen, setChosen] = useState<number | null>(null)
  const costs = hours.map(({ cost }) => parseUsd(cost) ?? zeroNanoUsd)
  const most = costs.reduce((most, cost) => (cost > most ? cost : most), 1n)
  const index = chosen ?? hours.length - 1
  const hour = hours[index]
  return (
    <div>
      <p
        aria-live="polite"
        className="mb-3 flex flex-wrap items-baseline gap-x-3 text-13 text-muted"
      >
        {hour && (
          <>
            <span className="font-mono text-16 font-medium text-text">
              {readableUsd(costs[index] ?? zeroNanoUsd)}
            </span>
            <span>
              {clockOf(Date.parse(hour.start), zone).slice(0, 5)} to the full hour ·{' '}
              {exactCount(hour.requests)} requests
              {hour.failed > 0 && (
                <span className="text-negative"> · {exactCount(hour.failed)} failed</span>
              )}
            </span>
          </>
        )}
      </p>
      <div className="flex h-24 items-end gap-px" onMouseLeave={() => setChosen(null)}>
        {hours.map(({ start, failed, requests }, each) => {
          const cost = costs[each] ?? zeroNanoUsd
          const height = (cost * heightMax) / most
          return (
            <button
              key={start}
              type="button"
              aria-label={`${clockOf(Date.parse(start), zone).slice(0, 5)}: $${formatUsd(cost)}, ${requests} requests, ${failed} failed`}
              onMouseEnter={() => setChosen(each)}
              onFocus={() => setChosen(each)}
              className="flex h-full min-w-0 grow flex-col justify-end"
            >
              {failed > 0 && <span className="mb-px h-1 w-full bg-negative" />}
              <span
                className={classNames(
                  'w-full rounded-t-xs',
                  each === index ? 'bg-accent' : 'bg-series-1/60',
                )}
                style={{ height: cost === 0n ? '1px' : `${height < 2n ? 2n : height}px` }}
              />
            </button>
          )
        })}
      </div>
      <div className="mt-1 flex justify-between font-mono text-12 text-muted">
        {[0, 6, 12, 18, 23].map((each) => {
          const at = hours[each]
          return <span key={each}>{at && clockOf(Date.parse(at.start), zone).slice(0, 5)}</span>
        })}
      </div>
    </div>
  )
}
