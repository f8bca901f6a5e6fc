import { unprovenSpendNanoUsdMax } from './account-limits.ts'
import type { ApiKey, KeyScope } from './accounts.ts'
import { spendWindows } from './spend-windows.ts'
import type { UsageLimits } from './usage-limits.ts'

/** What of a key says how much harm whoever holds it can do. */
export interface KeyPower {
  readonly kind: ApiKey['kind']
  readonly scopes: readonly KeyScope[]
  readonly limits: UsageLimits | null
}

/**
 * True for a key that takes a fresh proof to be made, and to be given another secret: one that runs the
 * installation or manages keys, or that may spend more than the limit for those without, in some window or
 * in all of them. A key that asks no models spends nothing.
 */
export function takesProof({ kind, scopes, limits }: KeyPower): boolean {
  if (kind === 'operator' || scopes.includes('manage_keys')) return true
  if (!scopes.includes('inference')) return false
  const spend = limits?.spendNanoUsd
  return !spendWindows.some((window) => {
    const amount = spend?.[window] ?? null
    return amount !== null && amount <= unprovenSpendNanoUsdMax
  })
}

/** True when a change gives a key more power than it had, and the power it has then takes a proof. */
export function raisesPower(before: KeyPower, after: KeyPower): boolean {
  if (!takesProof(after)) return false
  if (!takesProof(before)) return true
  const isNewScope = after.scopes.some((scope) => !before.scopes.includes(scope))
  const isHigher = spendWindows.some((window) => {
    const old = before.limits?.spendNanoUsd[window] ?? null
    const now = after.limits?.spendNanoUsd[window] ?? null
    return old !== null && (now === null || now > old)
  })
  return isNewScope || isHigher
}
