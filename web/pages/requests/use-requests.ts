import { type InfiniteData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useEffectEvent, useMemo, useRef, useState } from 'react'

import { call, type CallOutput } from '#web/client/call.ts'
import { tellFailure } from '#web/elements/toasts.ts'

import {
  type Arrivals,
  noArrivals,
  withArrival,
  withHead,
  withListAnew,
  withWaitingShown,
} from './arrivals.ts'
import type { FollowState } from './follow.ts'
import type { RequestRow } from './outcome-chip.tsx'
import { queryOf, type RequestsSearch } from './requests-search.ts'
import { useFollow } from './use-follow.ts'

const pageSize = 100
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
  /** How the stream of new ones does. */
  readonly following: FollowState
}

type ListPage = CallOutput<'GET /api/accounts/{account_id}/requests'>

/**
 * The requests that fit, in pages, with new ones at the top while the tail is live. New rows come in by
 * themselves only while the reader is at the top.
 */
export function useRequests(accountId: string, search: RequestsSearch, isLive: boolean): Requests {
  const identity = JSON.stringify(search)
  const { pages, readHead, beginAnew } = usePages(accountId, search, identity)
  const [arrivals, setArrivals] = useState<Arrivals>(noArrivals)
  const [arrivedFor, setArrivedFor] = useState(identity)
  if (arrivedFor !== identity) {
    setArrivedFor(identity)
    setArrivals(noArrivals)
  }
  const listed = useMemo(() => pages.data?.pages.flatMap(({ data }) => data) ?? [], [pages.data])
  const listedIds = useMemo(() => new Set<string>(listed.map(({ id }) => id)), [listed])
  const reread = async (signal: AbortSignal) => {
    const { data, next } = await readHead(signal)
    setArrivals((before) =>
      withHead(before, { rows: data, hasMore: next !== null }, (id) => listedIds.has(id)),
    )
  }
  const following = useFollow({
    ...{ accountId, search, identity, reread },
    isOn: isLive && pages.isSuccess,
    hear: (row) => setArrivals((before) => withArrival(before, row)),
  })
  const isBeginning = useRef(false)
  const showWaiting = () => {
    if (!arrivals.isTorn) return setArrivals(withWaitingShown)
    if (isBeginning.current) return
    isBeginning.current = true
    beginAnew()
      .then(({ data }) => setArrivals((now) => withListAnew(now, { before: arrivals, head: data })))
      .catch(tellFailure)
      .finally(() => (isBeginning.current = false))
  }
  useAtTop(arrivals.waiting.length, showWaiting)
  const shown = useMemo(
    () => arrivals.shown.filter(({ id }) => !listedIds.has(id)),
    [arrivals.shown, listedIds],
  )
  return {
    rows: useMemo(() => [...shown, ...listed], [shown, listed]),
    arrived: useMemo(() => new Set(shown.map(({ id }) => id)), [shown]),
    waitingCount: arrivals.waiting.length,
    showWaiting,
    isLoading: pages.isPending,
    error: pages.error,
    retry: () => void pages.refetch(),
    more: () => {
      if (pages.hasNextPage && !pages.isFetchingNextPage) void pages.fetchNextPage()
    },
    isLoadingMore: pages.isFetchingNextPage,
    following,
  }
}

/** The pages of the list that were read, and two ways to read its head again. */
function usePages(accountId: string, search: RequestsSearch, identity: string) {
  const client = useQueryClient()
  const queryKey = ['GET /api/accounts/{account_id}/requests', 'pages', accountId, identity]
  const readPage = (after: string | null, signal: AbortSignal): Promise<ListPage> =>
    call('GET /api/accounts/{account_id}/requests', {
      params: { account_id: accountId as `acct_${string}` },
      query: {
        ...queryOf(search, Date.now()),
        limit: pageSize,
        ...(after !== null && { after }),
      },
      signal,
    })
  const pages = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => readPage(pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
    refetchOnWindowFocus: false,
    staleTime: Infinity,
  })
  return {
    pages,
    readHead: (signal: AbortSignal) => readPage(null, signal),
    /** The list with nothing above its head: what was read of it further down is let go. */
    beginAnew: async () => {
      const head = await readPage(null, new AbortController().signal)
      client.setQueryData<InfiniteData<ListPage, string | null>>(queryKey, {
        pages: [head],
        pageParams: [null],
      })
      return head
    },
  }
}

/** Runs `show` when something waits and the reader is at the top of the page, or comes there. */
function useAtTop(waitingCount: number, show: () => void): void {
  const look = useEffectEvent(() => {
    if (waitingCount > 0 && scrollY < topPixels) show()
  })
  useEffect(() => {
    look()
    addEventListener('scroll', look, { passive: true })
    return () => removeEventListener('scroll', look)
  }, [waitingCount])
}
