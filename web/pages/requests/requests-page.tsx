import { useNavigate, useSearch } from '@tanstack/react-router'
import { lazy, Suspense, useState } from 'react'

import { csvLinesMax } from '#domain/account-limits.ts'
import { download } from '#web/client/download.ts'
import { type Loose, withoutUndefined } from '#web/client/loose.ts'
import { type MyAccount, useAccount } from '#web/client/me.ts'
import { Button } from '#web/elements/button.tsx'
import { DataTable } from '#web/elements/data-table.tsx'
import { DownloadButton } from '#web/elements/download-button.tsx'
import { exactCount } from '#web/elements/numbers.ts'
import { Page, Panel } from '#web/elements/page.tsx'
import { Empty, Failure, SkeletonRows } from '#web/elements/states.tsx'
import { useKeyNames } from '#web/pages/keys/use-key-names.ts'
import { useKeys } from '#web/shell/keys.ts'

import { arrivalsMax } from './arrivals.ts'
import { LiveButton } from './live-button.tsx'
import { requestColumns } from './request-columns.tsx'
import { RequestFilters } from './request-filters.tsx'
import { filterOf, filtersIn, type RequestsSearch } from './requests-search.ts'
import { useRequests } from './use-requests.ts'

const FirstUse = lazy(async () => ({
  default: (await import('#web/pages/overview/first-use.tsx')).FirstUse,
}))

/** The request log: a live tail that can be read, narrowed by chips that are a link to share. */
export function RequestsPage() {
  const account = useAccount()
  return account ? (
    <AccountRequests key={account.id} account={account} />
  ) : (
    <Page title="Requests" isWide>
      <SkeletonRows count={16} />
    </Page>
  )
}

function AccountRequests({ account }: { account: MyAccount }) {
  const search = useSearch({ from: '/framed/signed-in/requests' })
  const navigate = useNavigate({ from: '/requests' })
  const nameOf = useKeyNames(account.id)
  const [isPaused, setPaused] = useState(false)
  const { sort = 'time', order = 'falling' } = search
  const canTail = sort === 'time' && order === 'falling' && search.until === undefined
  const requests = useRequests(account.id, search, canTail && !isPaused)
  const change = (part: Loose<RequestsSearch>) =>
    void navigate({ search: (before) => withoutUndefined({ ...before, ...part }), replace: true })
  const isNarrowed = filtersIn(search).length > 0
  useKeys([{ key: 'p', does: 'Pause or resume the live tail', run: () => setPaused(!isPaused) }])
  return (
    <Page
      title="Requests"
      isWide
      actions={
        <>
          {canTail && (
            <LiveButton
              following={isPaused ? 'paused' : requests.following}
              toggle={() => setPaused(!isPaused)}
            />
          )}
          <DownloadButton
            title={`Every request that fits, newest first, at most ${exactCount(csvLinesMax)}`}
            isEmpty={requests.rows.length === 0}
            run={() =>
              download('GET /api/accounts/{account_id}/requests.csv', {
                params: { account_id: account.id },
                query: filterOf(search, Date.now()),
              })
            }
          />
        </>
      }
    >
      <Panel isFlush>
        <RequestFilters account={account} search={search} change={change} />
        {requests.error !== null && requests.rows.length === 0 && (
          <div className="p-4">
            <Failure error={requests.error} retry={requests.retry} />
          </div>
        )}
        {requests.waitingCount > 0 && (
          <div className="sticky top-14 z-10 flex h-0 justify-center overflow-visible md:top-2">
            <Button
              size="small"
              kind="primary"
              className="mt-2 rounded-full! shadow-float"
              onClick={() => {
                requests.showWaiting()
                scrollTo({ top: 0 })
              }}
            >
              {waitingWords(requests.waitingCount)}
            </Button>
          </div>
        )}
        {requests.isLoading && requests.error === null && <SkeletonRows count={16} />}
        {!requests.isLoading && requests.rows.length === 0 && isNarrowed && (
          <Empty
            title="No request fits"
            action={
              <Button onClick={() => void navigate({ search: {} })}>Clear the filters</Button>
            }
          >
            Loosen a filter, or look at a longer time.
          </Empty>
        )}
        {requests.rows.length > 0 && (
          <DataTable
            label="Requests"
            rows={requests.rows}
            columns={requestColumns(nameOf)}
            keyOf={({ id }) => id}
            open={({ id }) =>
              void navigate({ to: '/requests/$generation', params: { generation: id } })
            }
            sorting={{ by: sort, isDescending: order === 'falling' }}
            onSort={({ by, isDescending }) =>
              change({
                sort: by === 'time' ? undefined : (by as NonNullable<RequestsSearch['sort']>),
                order: isDescending ? undefined : 'rising',
              })
            }
            onEnd={requests.more}
            isNew={({ id }) => requests.arrived.has(id)}
          />
        )}
        {requests.isLoadingMore && <SkeletonRows count={3} />}
      </Panel>
      {!requests.isLoading && requests.rows.length === 0 && !isNarrowed && (
        <div className="mt-6">
          <Teaching />
        </div>
      )}
    </Page>
  )
}

function Teaching() {
  return (
    <Suspense>
      <FirstUse />
    </Suspense>
  )
}

function waitingWords(count: number): string {
  if (count === 1) return '1 new request'
  return count < arrivalsMax ? `${count} new requests` : `${count} or more new requests`
}
