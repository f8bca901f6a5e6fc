import { useInfiniteQuery } from '@tanstack/react-query'
import { CheckCheck } from 'lucide-react'

import { call } from '#web/client/call.ts'
import { useChange } from '#web/client/change.ts'
import { type MyAccount, useAccount } from '#web/client/me.ts'
import { refresh } from '#web/client/queries.ts'
import { Button } from '#web/elements/button.tsx'
import { Page, Panel } from '#web/elements/page.tsx'
import { ShowOlder } from '#web/elements/show-older.tsx'
import { Empty, Failure, SkeletonRows } from '#web/elements/states.tsx'

import { NotificationRow } from './notification-row.tsx'
import { NotificationSettings } from './notification-settings.tsx'

/** What one was told about an account, and what one wants to be told. */
export function NotificationsPage() {
  const account = useAccount()
  return (
    <Page
      title="Notifications"
      about="Low balance, budgets and errors, as they come; by mail too, where you want it."
    >
      {account ? (
        <div key={account.id} className="flex flex-col gap-6">
          <Told account={account} />
          <NotificationSettings account={account} />
        </div>
      ) : (
        <SkeletonRows count={4} />
      )}
    </Page>
  )
}

const at = 'GET /api/accounts/{account_id}/notifications'

function Told({ account }: { account: MyAccount }) {
  const params = { account_id: account.id }
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = useInfiniteQuery(
    {
      queryKey: [at, 'pages', account.id],
      queryFn: ({ pageParam, signal }) =>
        call(at, {
          params,
          query: { limit: 20, ...(pageParam !== null && { after: pageParam }) },
          signal,
        }),
      initialPageParam: null as string | null,
      getNextPageParam: ({ next }) => next,
      refetchInterval: 30_000,
    },
  )
  const read = useChange(
    (ids: 'all' | string[]) =>
      call('POST /api/accounts/{account_id}/notifications/read', { params, body: { ids } }),
    { done: () => void refresh(at) },
  )
  const told = data?.pages.flatMap((page) => page.data) ?? []
  const unread = data?.pages[0]?.unread_count ?? 0
  return (
    <Panel
      title={account.display_name}
      about={unread === 0 ? 'Everything is read.' : `${unread} not read yet.`}
      isFlush
      actions={
        unread > 0 && (
          <Button
            size="small"
            icon={<CheckCheck size={14} aria-hidden />}
            isBusy={read.isPending}
            onClick={() => read.mutate('all')}
          >
            Mark all as read
          </Button>
        )
      }
    >
      {!data && error && (
        <div className="p-4">
          <Failure error={error} retry={() => void refetch()} />
        </div>
      )}
      {!data && !error && <SkeletonRows count={3} />}
      {data && told.length === 0 && (
        <Empty title="Nothing to tell">
          When the balance runs low, a budget is used up, or errors pile up, it stands here.
        </Empty>
      )}
      <ul className="divide-y divide-line">
        {told.map((each) => (
          <NotificationRow
            key={each.id}
            notification={each}
            {...(each.read_at === null && { read: () => read.mutate([each.id]) })}
          />
        ))}
      </ul>
      <ShowOlder
        hasMore={hasNextPage}
        isBusy={isFetchingNextPage}
        show={() => void fetchNextPage()}
      />
    </Panel>
  )
}
