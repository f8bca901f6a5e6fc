import { useQueryClient } from '@tanstack/react-query'
import { CloudOff } from 'lucide-react'
import { useSyncExternalStore } from 'react'

import { CallError } from '#web/client/call-error.ts'
import { useIsOnline } from '#web/client/online.ts'

/** Says, above the page, that what is shown may be old because the server is out of reach. */
export function OfflineNotice() {
  const isOnline = useIsOnline()
  const isUnreachable = useIsUnreachable()
  if (isOnline && !isUnreachable) return null
  return (
    <div
      role="status"
      className="flex items-center gap-2 border-b border-line bg-caution-wash px-4 py-2 text-13 text-caution md:px-8"
    >
      <CloudOff size={14} aria-hidden />
      {isOnline
        ? 'The server does not answer. What you see is the last that was known.'
        : 'You are offline. What you see is the last that was known.'}
    </div>
  )
}

/** True while the newest answers of what is shown were silence. */
function useIsUnreachable(): boolean {
  const cache = useQueryClient().getQueryCache()
  return useSyncExternalStore(
    (listener) => cache.subscribe(listener),
    () =>
      cache
        .findAll({ type: 'active' })
        .some(({ state: { error, fetchFailureReason } }) => isSilence(error ?? fetchFailureReason)),
  )
}

function isSilence(error: unknown): boolean {
  return error instanceof CallError && error.code === 'offline'
}
