import type { Clock } from '#ports/clock.ts'
import { StoreUnavailable } from '#ports/store-error.ts'

import type { CreditPolicy } from './policy.ts'
import type { ReportProblem } from './problem.ts'

/** After this many failures in a row, callers are spared the wait for another one. */
const failuresThatMeanDown = 3

/**
 * How one call to the store went. `failed`: whether it took effect is not known; `isRefusal`: the store is
 * there, and it is this call that it does not take.
 */
export type CallResult<Value> =
  | { readonly kind: 'done'; readonly value: Value }
  | { readonly kind: 'failed'; readonly isRefusal: boolean; readonly cause: unknown }

/** The way to the store: every call goes through here, so that its health is known in one place. */
export interface StoreLink {
  /** Never rejects. Errors other than `StoreUnavailable` are reported. */
  readonly call: <Value>(name: string, run: () => Promise<Value>) => Promise<CallResult<Value>>
  /** False while the store has failed several times just now: a call would only waste time. */
  readonly mayCall: () => boolean
  readonly isReachable: () => boolean
  /** How long to wait before the next attempt. Zero when the last call worked. */
  readonly backoffMs: () => number
}

/** A link that is believed to work until it fails. */
export function makeStoreLink(parts: {
  clock: Clock
  policy: CreditPolicy
  report: ReportProblem
}): StoreLink {
  const { clock, policy, report } = parts
  let failures = 0
  let failedAtMs = -Infinity
  const backoffMs = (): number =>
    failures === 0
      ? 0
      : Math.min(policy.storeBackoffMsMax, policy.storeBackoffMsMin * 2 ** (failures - 1))
  return {
    call: async (name, run) => {
      try {
        const value = await run()
        failures = 0
        return { kind: 'done', value }
      } catch (cause) {
        const isRefusal = !(cause instanceof StoreUnavailable)
        if (isRefusal) report({ kind: 'store_call_failed', name, cause })
        failures = isRefusal ? 0 : Math.min(failures + 1, 30)
        failedAtMs = clock.monotonicMs()
        return { kind: 'failed', isRefusal, cause }
      }
    },
    mayCall: () =>
      failures < failuresThatMeanDown || clock.monotonicMs() - failedAtMs >= backoffMs(),
    isReachable: () => failures === 0,
    backoffMs,
  }
}
