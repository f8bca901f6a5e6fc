import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'

import type { CallOutput } from '#web/client/call.ts'
import { type MyAccount, useAccount } from '#web/client/me.ts'
import { reading } from '#web/client/queries.ts'
import { buttonClass } from '#web/elements/button.tsx'
import { Chip } from '#web/elements/chip.tsx'
import { readableSpan } from '#web/elements/moments.ts'
import { Money } from '#web/elements/money.tsx'
import { exactCount } from '#web/elements/numbers.ts'
import { Page, Panel } from '#web/elements/page.tsx'
import { Failure, Skeleton } from '#web/elements/states.tsx'

import { FirstUse } from './first-use.tsx'
import { HourBars } from './hour-bars.tsx'
import { RecentRequests } from './recent-requests.tsx'
import { standingOf } from './standing.ts'

type Overview = CallOutput<'GET /api/accounts/{account_id}/overview'>['data']

const refreshMs = 10_000

/** In three seconds: how much is left, how fast it goes, is anything wrong. */
export function OverviewPage() {
  const account = useAccount()
  return account ? <AccountOverview key={account.id} account={account} /> : <Waiting />
}

function AccountOverview({ account }: { account: MyAccount }) {
  const { data, error, refetch } = useQuery({
    ...reading('GET /api/accounts/{account_id}/overview', { params: { account_id: account.id } }),
    refetchInterval: refreshMs,
  })
  if (!data && error) {
    return (
      <Page title="Overview">
        <Failure error={error} retry={() => void refetch()} />
      </Page>
    )
  }
  if (!data) return <Waiting />
  const overview = data.data
  const isUnused = overview.balance.spent === '0' && overview.last_24_hours.requests === 0
  return (
    <Page
      title="Overview"
      actions={
        <Link to="/keys" search={{ create: true }} className={buttonClass('primary')}>
          Create a key
        </Link>
      }
    >
      <div className="flex flex-col gap-6">
        <Standing overview={overview} account={account} />
        {isUnused ? (
          <FirstUse />
        ) : (
          <>
            <Panel
              title="Spending, last 24 hours"
              actions={
                <Link to="/usage" className="text-13 text-accent hover:underline">
                  All usage
                </Link>
              }
            >
              <HourBars hours={overview.hourly} />
            </Panel>
            <RecentRequests account={account} />
          </>
        )}
      </div>
    </Page>
  )
}

function Standing({ overview, account }: { overview: Overview; account: MyAccount }) {
  const { balance, burn_rate, spend, last_24_hours } = overview
  const standing = standingOf(overview, account.status)
  return (
    <section aria-label="Where the account stands" className="grid gap-4 md:grid-cols-3">
      <Fact
        title="Left"
        aside={<Chip tone={standing.tone}>{standing.words}</Chip>}
        value={<Money usd={balance.available} className="text-28 font-medium tracking-tight" />}
      >
        <Money usd={balance.held} className="text-text" /> set aside for requests under way
      </Fact>
      <Fact
        title="How fast it goes"
        value={
          <span className="text-28 font-medium tracking-tight">
            <Money usd={burn_rate.per_day} /> <span className="text-16 text-muted">a day</span>
          </span>
        }
      >
        {burn_rate.days_left === null
          ? 'Nothing is being spent.'
          : `Lasts ${lasting(burn_rate.days_left)} at this rate. `}
        Today <Money usd={spend.today} className="text-text" />, this month{' '}
        <Money usd={spend.month} className="text-text" />.
      </Fact>
      <Fact
        title="Requests, 24 hours"
        value={
          <span className="font-mono text-28 font-medium tracking-tight">
            {exactCount(last_24_hours.requests)}
          </span>
        }
        aside={
          last_24_hours.failed > 0 ? (
            <Link to="/requests" search={{ outcome: 'upstream_failed' }} className="flex">
              <Chip tone="negative">{exactCount(last_24_hours.failed)} failed</Chip>
            </Link>
          ) : (
            last_24_hours.requests > 0 && <Chip tone="positive">none failed</Chip>
          )
        }
      >
        {last_24_hours.latency === null ? (
          'No times were measured.'
        ) : (
          <>
            Half answered within {readableSpan(last_24_hours.latency.p50)}, 99 % within{' '}
            {readableSpan(last_24_hours.latency.p99)}
            {last_24_hours.refused > 0 && `; ${exactCount(last_24_hours.refused)} refused`}.
          </>
        )}
      </Fact>
    </section>
  )
}

function Fact({
  title,
  value,
  aside,
  children,
}: {
  title: string
  value: ReactNode
  aside?: ReactNode
  children: ReactNode
}) {
  return (
    <div className="flex flex-col gap-2 rounded border border-line bg-surface p-4">
      <div className="flex h-5 items-center justify-between">
        <h2 className="text-13 text-muted">{title}</h2>
        {aside}
      </div>
      <div>{value}</div>
      <p className="text-13 text-muted">{children}</p>
    </div>
  )
}

function lasting(days: number): string {
  if (days < 1) return `${Math.max(1, Math.floor(days * 24))} h`
  if (days > 730) return 'years'
  return Math.floor(days) === 1 ? '1 day' : `${Math.floor(days)} days`
}

function Waiting() {
  return (
    <Page title="Overview">
      <div className="grid gap-4 md:grid-cols-3">
        {[0, 1, 2].map((index) => (
          <div key={index} className="rounded border border-line bg-surface p-4">
            <Skeleton className="h-4 w-16" />
            <Skeleton className="mt-4 h-8 w-36" />
            <Skeleton className="mt-4 h-4 w-48" />
          </div>
        ))}
      </div>
    </Page>
  )
}
