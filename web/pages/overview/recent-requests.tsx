import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'

import type { MyAccount } from '#web/client/me.ts'
import { reading } from '#web/client/queries.ts'
import { DataTable } from '#web/elements/data-table.tsx'
import { Panel } from '#web/elements/page.tsx'
import { Failure, SkeletonRows } from '#web/elements/states.tsx'
import { useKeyNames } from '#web/pages/keys/use-key-names.ts'
import { requestColumns } from '#web/pages/requests/request-columns.tsx'

const shownCount = 8
const refreshMs = 5_000

/** The last few requests, as they come. */
export function RecentRequests({ account }: { account: MyAccount }) {
  const navigate = useNavigate()
  const nameOf = useKeyNames(account.id)
  const { data, error, refetch } = useQuery({
    ...reading('GET /api/accounts/{account_id}/requests', {
      params: { account_id: account.id },
      query: { limit: shownCount },
    }),
    refetchInterval: refreshMs,
  })
  return (
    <Panel
      title="Latest requests"
      isFlush
      actions={
        <Link to="/requests" className="text-13 text-accent hover:underline">
          All requests
        </Link>
      }
    >
      {!data && error && <Failure error={error} retry={() => void refetch()} />}
      {!data && !error && <SkeletonRows count={shownCount} />}
      {data && (
        <DataTable
          label="Latest requests"
          rows={data.data}
          columns={requestColumns(nameOf)}
          keyOf={({ id }) => id}
          open={({ id }) =>
            void navigate({ to: '/requests/$generation', params: { generation: id } })
          }
        />
      )}
    </Panel>
  )
}
