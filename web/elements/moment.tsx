import { useSyncExternalStore } from 'react'

import { usePreferences } from '#web/shell/preferences.ts'

import { Hint } from './hint.tsx'
import { exactMoment, relativeMoment } from './moments.ts'

const tickMs = 5_000
const listeners = new Set<() => void>()
let nowMs = Date.now()
let timer: ReturnType<typeof setInterval> | undefined

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  timer ??= setInterval(() => {
    nowMs = Date.now()
    for (const each of listeners) each()
  }, tickMs)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

/** The present, every few seconds: one clock for everything that tells how long ago something was. */
export function useNowMs(): number {
  return useSyncExternalStore(subscribe, () => nowMs)
}

/** A moment, told relative to now; the exact moment unfolds, in the reader's zone and in UTC. */
export function Moment({ at, className }: { at: string | null; className?: string }) {
  const now = useNowMs()
  const { zone } = usePreferences()
  if (at === null) return <span className="text-muted">–</span>
  const atMs = Date.parse(at)
  return (
    <Hint
      {...(className !== undefined && { className })}
      content={() => (
        <span className="font-mono text-12">
          {exactMoment(atMs, zone)}
          <span className="block text-muted">
            {exactMoment(atMs, zone === 'utc' ? 'local' : 'utc')}
          </span>
        </span>
      )}
    >
      <time dateTime={at}>
        {relativeMoment(atMs, Math.max(now, atMs > now && atMs - now < tickMs ? atMs : now), zone)}
      </time>
    </Hint>
  )
}
