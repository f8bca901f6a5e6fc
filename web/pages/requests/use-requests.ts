import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'

import { call } from '#web/client/call.ts'

import type { RequestRow } from './outcome-chip.tsx'
import { queryOf, type RequestsSearch } from './requests-search.ts'

const pageSize = 100
const headSize = 50
const tailIntervalMs = 2_000
/** Above this the reader is at the top, and new rows may come in at once. */
const topPixels = 120

/** The list as it is shown, and what waits above it. */
export interface Requests {
  readonly rows: readonly RequestRow[]
  /** Ids of rows that came in while the list was open. */
  readonly arrived: ReadonlySet<string>
  /** How many newer ones wait until they are asked for: showing them would move what is being read. */
  readonly waitingCount: number
  readonly showWaiting: () => void
  readonly isLoading: boolean
  readonly error: unknown
  readonly retry: () => void
  readonly more: () => void
  readonly isLoadingMore: boolean
}

/**
 * The requests that fit, in pages, with new ones at the top while the tail is live. New rows come in by
 * themselves only while the reader is at the top.
 */
export function useRequests(accountId: string, search: RequestsSearch, isLive: boolean): Requests {
  const params = { account_id: accountId as `acct_${string}` }
  const identity = JSON.stringify(search)
  const pages = useInfiniteQuery({
    queryKey: ['GET /api/accounts/{account_id}/requests', 'pages', accountId, identity],
    queryFn: ({ pageParam, signal }) =>
      call('GET /api/accounts/{account_id}/requests', {
        params,
        query: {
          ...queryOf(search, Date.now()),
          limit: pageSize,
          ...(pageParam !== null && { after: pageParam }),
        },
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
    refetchOnWindowFocus: false,
    staleTime: Infinity,
  })
  const head = useQuery({
    queryKey: ['GET /api/accounts/{account_id}/requests', 'head', accountId, identity],
    queryFn: ({ signal }) =>
      call('GET /api/accounts/{account_id}/requests', {
        params,
        query: { ...queryOf(search, Date.now()), limit: headSize },
        signal,
      }),
    enabled: isLive && pages.isSuccess,
    refetchInterval: tailIntervalMs,
    staleTime: 0,
    gcTime: 0,
  })
  const [shown, setShown] = useState<readonly RequestRow[]>([])
  const [shownFor, setShownFor] = useState(identity)
  if (shownFor !== identity) {
    setShownFor(identity)
    setShown([])
  }
  const listed = useMemo(() => pages.data?.pages.flatMap(({ data }) => data) ?? [], [pages.data])
  const waiting = useMemo(() => {
    const known = new Set([...shown, ...listed].map(({ id }) => id))
    return (head.data?.data ?? []).filter(({ id }) => !known.has(id))
  }, [head.data, shown, listed])
  const showWaiting = () => {
    setShown((before) => [...waiting, ...before])
  }
  // While the reader is at the top they come in by themselves.
  if (waiting.length > 0 && scrollY < topPixels) setShown([...waiting, ...shown])
  return {
    rows: useMemo(() => [...shown, ...listed], [shown, listed]),
    arrived: useMemo(() => new Set(shown.map(({ id }) => id)), [shown]),
    waitingCount: waiting.length,
    showWaiting,
    isLoading: pages.isPending,
    error: pages.error ?? (pages.data ? null : head.error),
    retry: () => void pages.refetch(),
    more: () => {
      if (pages.hasNextPage && !pages.isFetchingNextPage) void pages.fetchNextPage()
    },
    isLoadingMore: pages.isFetchingNextPage,
  }
}
