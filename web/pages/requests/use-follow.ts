import { useEffect, useEffectEvent, useRef, useState, useSyncExternalStore } from 'react'

import { callOpen } from '#web/client/call.ts'
import { useIsOnline } from '#web/client/online.ts'

import { follow, type FollowState } from './follow.ts'
import type { RequestRow } from './outcome-chip.tsx'
import { filterOf, type RequestsSearch } from './requests-search.ts'

/** What is followed, and who hears of it. */
interface Followed {
  readonly accountId: string
  readonly search: RequestsSearch
  /** The search as text: another one is another stream. */
  readonly identity: string
  readonly isOn: boolean
  readonly hear: (row: RequestRow) => void
  readonly reread: (signal: AbortSignal) => Promise<void>
}

/**
 * Follows new requests while `isOn`, and tells how that does. A tab that nobody sees, or that
 * has no network, holds no stream; what came meanwhile is there afterwards.
 */
export function useFollow({ accountId, search, identity, isOn, ...heard }: Followed): FollowState {
  const [state, setState] = useState<FollowState>('connecting')
  const isSeen = useSyncExternalStore(subscribeVisibility, () => !document.hidden)
  const isOnline = useIsOnline()
  const last = useRef<{ readonly stream: string; readonly id: string } | null>(null)
  const stream = `${accountId} ${identity}`
  const open = useEffectEvent((after: string | null, signal: AbortSignal) =>
    callOpen('GET /api/accounts/{account_id}/requests/stream', {
      params: { account_id: accountId as `acct_${string}` },
      query: filterOf(search, Date.now()),
      headers: { accept: 'text/event-stream', ...(after !== null && { 'last-event-id': after }) },
      signal,
    }),
  )
  const hear = useEffectEvent((row: RequestRow) => {
    last.current = { stream, id: row.id }
    heard.hear(row)
  })
  const reread = useEffectEvent(heard.reread)
  useEffect(() => {
    if (!isOn || !isSeen || !isOnline) return
    const leaving = new AbortController()
    const { signal } = leaving
    const after = last.current?.stream === stream ? last.current.id : null
    void follow(
      {
        open: (id, own) => open(id, own),
        hear: (row) => !signal.aborted && hear(row),
        reread: (own) => reread(own),
        tell: (next) => !signal.aborted && setState(next),
        after: (delayMs, run) => {
          const timer = setTimeout(run, delayMs)
          return () => clearTimeout(timer)
        },
        chance: () => Math.random(),
      },
      { after, signal },
    )
    return () => leaving.abort()
  }, [isOn, isSeen, isOnline, stream])
  return isOnline ? state : 'reconnecting'
}

function subscribeVisibility(listener: () => void): () => void {
  document.addEventListener('visibilitychange', listener)
  return () => document.removeEventListener('visibilitychange', listener)
}
