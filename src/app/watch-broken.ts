import type { Clock } from '#ports/clock.ts'

/** How long a process that can take no new work may go on before it notices. */
const lookIntervalMs = 250

/** Calls `onBroken` once, soon after there is a reason. Returns how to stop looking. */
export function watchBroken(parts: {
  readonly clock: Clock
  readonly brokenReason: () => string | null
  readonly onBroken: (reason: string) => void
}): () => void {
  const { clock, brokenReason, onBroken } = parts
  let cancel = clock.after(lookIntervalMs, look)
  function look(): void {
    const reason = brokenReason()
    if (reason === null) cancel = clock.after(lookIntervalMs, look)
    else onBroken(reason)
  }
  return () => cancel()
}
