import type { SpendOwner } from '#domain/budgets.ts'
import { rateSweepIntervalMs } from '#domain/limits.ts'

import { slotOf, type RateWindow } from './rate-window.ts'

/** What is counted of one key or account. Windows are made when a limit first needs them. */
export interface OwnerMeter {
  requests: RateWindow | null
  tokens: RateWindow | null
  underWayCount: number
}

/** The meters of a node. Those that count nothing any more are dropped now and then. */
export interface MeterBook {
  readonly meterOf: (ownerId: SpendOwner, nowMs: number) => OwnerMeter
  readonly size: () => number
}

/** No meters yet. */
export function makeMeterBook(): MeterBook {
  const meters = new Map<SpendOwner, OwnerMeter>()
  let sweptAtMs = 0

  function sweep(nowMs: number): void {
    sweptAtMs = nowMs
    for (const [id, meter] of meters) if (isIdle(meter, nowMs)) meters.delete(id)
  }

  return {
    meterOf: (ownerId, nowMs) => {
      if (nowMs - sweptAtMs >= rateSweepIntervalMs) sweep(nowMs)
      const known = meters.get(ownerId)
      if (known !== undefined) return known
      const meter: OwnerMeter = { requests: null, tokens: null, underWayCount: 0 }
      meters.set(ownerId, meter)
      return meter
    },
    size: () => meters.size,
  }
}

function isIdle({ requests, tokens, underWayCount }: OwnerMeter, nowMs: number): boolean {
  const slot = slotOf(nowMs)
  return (
    underWayCount === 0 && (requests?.sumAt(slot) ?? 0) === 0 && (tokens?.sumAt(slot) ?? 0) === 0
  )
}
