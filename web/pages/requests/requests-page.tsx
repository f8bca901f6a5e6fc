import { useNavigate, useSearch } from '@tanstack/react-router'
import { Download, Pause, Play } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'

import { type Loose, withoutUndefined } from '#web/client/loose.ts'
import { type MyAccount, useAccount } from '#web/client/me.ts'
import { Button } from '#web/elements/button.tsx'
import { csvOf, download } from '#web/elements/csv.ts'
import { DataTable } from '#web/elements/data-table.tsx'
import { Page, Panel } from '#web/elements/page.tsx'
import { Empty, Failure, SkeletonRows } from '#web/elements/states.tsx'
import { useKeyNames } from '#web/pages/keys/use-key-names.ts'
import { useKeys } from '#web/shell/keys.ts'

import type { RequestRow } from './outcome-chip.tsx'
import { requestColumns } from './request-columns.tsx'
import { RequestFilters } from './request-filters.tsx'
import { filtersIn, type RequestsSearch } from './requests-search.ts'
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
            <Button
              onClick={() => setPaused(!isPaused)}
              aria-pressed={!isPaused}
              icon={
                isPaused ? (
                  <Play size={14} aria-hidden />
                ) : (
                  <span aria-hidden className="breathing size-2 rounded-full bg-positive" />
                )
              }
            >
              {isPaused ? 'Paused' : 'Live'}
              {!isPaused && <Pause size={14} aria-hidden className="text-muted" />}
            </Button>
          )}
          <Button
            icon={<Download size={14} aria-hidden />}
            disabled={requests.rows.length === 0}
            onClick={() => download('requests.csv', csvOfRequests(requests.rows, nameOf))}
          >
            CSV
          </Button>
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
              {requests.waitingCount === 1
                ? '1 new request'
                : `${requests.waitingCount} new requests`}
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

function csvOfRequests(rows: readonly RequestRow[], nameOf: (keyId: string) => string): string {
  return csvOf(
    [
      ...['id', 'created_at', 'outcome', 'status', 'requested_model', 'resolved_model', 'provider'],
      ...['key_id', 'key_name', 'streamed', 'prompt_tokens', 'completion_tokens', 'cached_tokens'],
      ...['latency_ms', 'time_to_first_token_ms', 'cost_usd', 'fault_code', 'user_agent'],
    ],
    rows.map((row) => [
      ...[row.id, row.created_at, row.outcome, String(row.status), row.requested_model ?? ''],
      ...[row.resolved_model ?? '', row.provider ?? '', row.key_id, nameOf(row.key_id)],
      ...[String(row.streamed), String(row.tokens.prompt), String(row.tokens.completion)],
      ...[String(row.tokens.cached), String(row.latency_ms)],
      ...[String(row.time_to_first_token_ms ?? ''), row.cost, row.fault_code ?? ''],
      row.user_agent ?? '',
    ]),
  )
}
