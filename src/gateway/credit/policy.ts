import {
  admissionWaitMaxMs,
  checkpointIntervalMs,
  creditTickMs,
  leaseAheadFraction,
  leaseAheadNanoUsdMax,
  leaseGraceMs,
  leaseHorizonMs,
  leaseIdleMs,
  leaseMarginMs,
  leaseNearZeroBounds,
  leaseReclaimIntervalMs,
  leaseRenewAfterMs,
  leaseTtlMs,
  progressIntervalMs,
  progressStepNanoUsd,
  recallIntervalMs,
  recallWaitMs,
  settleBatchChargesMax,
  settleIntervalMs,
  shutdownFlushMsMax,
  storeBackoffMsMax,
  storeBackoffMsMin,
  storeCallLandingMsMax,
  stuckRetryIntervalMs,
  unsettledRecordsMax,
} from '#domain/limits.ts'
import type { NanoUsd } from '#domain/money.ts'

/** Every number the credit of a node goes by. What each means stands in `domain/limits.ts`. */
export const creditPolicy = {
  admissionWaitMaxMs,
  checkpointIntervalMs,
  creditTickMs,
  leaseAheadFraction,
  leaseAheadNanoUsdMax,
  leaseGraceMs,
  leaseHorizonMs,
  leaseIdleMs,
  leaseMarginMs,
  leaseNearZeroBounds,
  leaseReclaimIntervalMs,
  leaseRenewAfterMs,
  leaseTtlMs,
  progressIntervalMs,
  progressStepNanoUsd,
  recallIntervalMs,
  recallWaitMs,
  settleBatchChargesMax,
  settleIntervalMs,
  shutdownFlushMsMax,
  storeBackoffMsMax,
  storeBackoffMsMin,
  storeCallLandingMsMax,
  stuckRetryIntervalMs,
  unsettledRecordsMax,
} as const

/** The same numbers, other values: a simulation runs with shorter times. */
export type CreditPolicy = {
  readonly [Name in keyof typeof creditPolicy]: (typeof creditPolicy)[Name] extends number
    ? number
    : (typeof creditPolicy)[Name] extends NanoUsd
      ? NanoUsd
      : bigint
}
