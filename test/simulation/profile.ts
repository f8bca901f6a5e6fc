import { nanoUsd, type NanoUsd } from '#domain/money.ts'
import type { CreditPolicy } from '#gateway/credit/policy.ts'

import type { Chance } from './chance.ts'

/** How often each fault happens, in faults per virtual second of the whole world. */
export interface FaultRates {
  readonly kill: number
  readonly powerLoss: number
  readonly diskLoss: number
  /** The process stands still, its clocks go on. */
  readonly pause: number
  /** The machine stands still: its monotonic clock with it, its wall clock not. */
  readonly suspend: number
  readonly wallJump: number
  readonly storeOutage: number
  readonly diskFull: number
  readonly diskError: number
  readonly restart: number
}

/** One kind of world. */
export interface Profile {
  readonly name: string
  readonly nodeCount: number
  readonly accountCount: number
  readonly balanceNanoUsd: NanoUsd
  readonly durationMs: number
  /** Mean time between two requests. */
  readonly arrivalMs: number
  /** One request after the other, with a rest between them, over all nodes. */
  readonly isSequential: boolean
  readonly requestMsMax: number
  readonly boundNanoUsdMax: number
  /** The chance that a request costs more than its bound. */
  readonly overrunChance: number
  readonly faults: FaultRates
  /** The chances that a call to the store is lost, answered into the void, or late. */
  readonly lostCallChance: number
  readonly lostAnswerChance: number
  readonly lateCallChance: number
  /** The chance that a renewal is lost, beyond what every call suffers. */
  readonly lostRenewalChance: number
  readonly clockSkewMsMax: number
  readonly policy: Partial<CreditPolicy>
  readonly segmentBytes: number
}

/** A client of the store gives up after this time. */
export const storeTimeoutMs = 300
/** A call that the client gave up can still take effect within this time after that. */
export const storeLateMsMax = 600

/** Times a tenth of the real ones, so that a short run sees leases end. */
const simulatedPolicy = {
  leaseTtlMs: 6_000,
  leaseMarginMs: 500,
  leaseRenewAfterMs: 2_000,
  leaseGraceMs: 3_500,
  leaseReclaimIntervalMs: 1_000,
  leaseIdleMs: 300,
  leaseHorizonMs: 6_000,
  leaseAheadNanoUsdMax: nanoUsd(200_000_000n),
  creditTickMs: 50,
  recallWaitMs: 30,
  recallIntervalMs: 100,
  admissionWaitMaxMs: 400,
  storeCallLandingMsMax: storeTimeoutMs + storeLateMsMax,
  progressIntervalMs: 200,
  progressStepNanoUsd: nanoUsd(1_000_000n),
  settleBatchChargesMax: 10,
  settleIntervalMs: 20,
  checkpointIntervalMs: 100,
  stuckRetryIntervalMs: 500,
  storeBackoffMsMin: 10,
  storeBackoffMsMax: 200,
  shutdownFlushMsMax: 2_000,
  unsettledRecordsMax: 300,
} as const satisfies Partial<CreditPolicy>

const noFaults: FaultRates = {
  kill: 0,
  powerLoss: 0,
  diskLoss: 0,
  pause: 0,
  suspend: 0,
  wallJump: 0,
  storeOutage: 0,
  diskFull: 0,
  diskError: 0,
  restart: 0,
}

const base: Profile = {
  name: 'quiet',
  nodeCount: 1,
  accountCount: 2,
  balanceNanoUsd: nanoUsd(3_000_000_000n),
  durationMs: 8_000,
  arrivalMs: 40,
  isSequential: false,
  requestMsMax: 1_500,
  boundNanoUsdMax: 100_000_000,
  overrunChance: 0.01,
  faults: noFaults,
  lostCallChance: 0,
  lostAnswerChance: 0,
  lateCallChance: 0,
  lostRenewalChance: 0,
  clockSkewMsMax: 0,
  policy: simulatedPolicy,
  segmentBytes: 24 * 1024,
}

/** Nothing goes wrong. Then nothing may be late, refused without need, or kept when idle. */
const quiet: Profile = base

/** Nothing goes wrong, several nodes, one request at a time: every cent can be spent from any node. */
const calm: Profile = {
  ...base,
  name: 'calm',
  nodeCount: 3,
  accountCount: 1,
  balanceNanoUsd: nanoUsd(1_000_000_000n),
  durationMs: 12_000,
  isSequential: true,
  requestMsMax: 60,
  overrunChance: 0,
}

/** One node that never fails, over a store that does: an outage must never look like an empty balance. */
const outages: Profile = {
  ...base,
  name: 'outages',
  durationMs: 10_000,
  overrunChance: 0,
  faults: { ...noFaults, storeOutage: 0.5 },
  lostCallChance: 0.05,
  lostAnswerChance: 0.05,
  lateCallChance: 0.03,
  clockSkewMsMax: 300_000,
}

/** Crashes, of processes and of machines. */
const crashes: Profile = {
  ...base,
  name: 'crashes',
  nodeCount: 2,
  faults: { ...noFaults, kill: 0.5, powerLoss: 0.5, restart: 0.2, storeOutage: 0.1 },
  lostCallChance: 0.02,
  lostAnswerChance: 0.05,
  lateCallChance: 0.02,
  clockSkewMsMax: 300_000,
}

/** Disks that fill up, fail and vanish. */
const disks: Profile = {
  ...base,
  name: 'disks',
  nodeCount: 2,
  faults: {
    ...noFaults,
    kill: 0.1,
    powerLoss: 0.6,
    diskLoss: 0.1,
    diskFull: 0.3,
    diskError: 1.5,
  },
  lostAnswerChance: 0.02,
}

/** Nodes that stand still for longer than their leases live. */
const pauses: Profile = {
  ...base,
  name: 'pauses',
  nodeCount: 2,
  durationMs: 24_000,
  arrivalMs: 80,
  faults: { ...noFaults, pause: 0.15, suspend: 0.15, wallJump: 0.2, kill: 0.05 },
  lostAnswerChance: 0.02,
  lateCallChance: 0.02,
  clockSkewMsMax: 300_000,
}

/**
 * The store reclaims at the very moment of expiry, leases are large and most renewals are lost: only a
 * node's own margin keeps it from a closed lease.
 */
const noGrace: Profile = {
  ...pauses,
  name: 'no grace',
  faults: { ...pauses.faults, storeOutage: 0.15 },
  lostRenewalChance: 0.9,
  boundNanoUsdMax: 1_000_000,
  policy: {
    ...simulatedPolicy,
    leaseGraceMs: 0,
    leaseReclaimIntervalMs: 50,
    leaseHorizonMs: 60_000,
    leaseIdleMs: 100_000,
  },
}

/** Little money, many nodes, everything goes wrong. */
const storm: Profile = {
  ...base,
  name: 'storm',
  nodeCount: 3,
  accountCount: 3,
  balanceNanoUsd: nanoUsd(800_000_000n),
  durationMs: 12_000,
  faults: {
    kill: 0.3,
    powerLoss: 0.3,
    diskLoss: 0.03,
    pause: 0.1,
    suspend: 0.05,
    wallJump: 0.1,
    storeOutage: 0.2,
    diskFull: 0.1,
    diskError: 0.2,
    restart: 0.2,
  },
  lostCallChance: 0.03,
  lostAnswerChance: 0.05,
  lateCallChance: 0.03,
  clockSkewMsMax: 300_000,
}

/** All kinds of worlds. A seed gets the one at its remainder, so every few seeds see every kind. */
export const profiles: readonly Profile[] = [
  quiet,
  calm,
  outages,
  crashes,
  disks,
  pauses,
  noGrace,
  storm,
]

/** The kind of world of a seed, with small variations by chance. */
export function profileOf(seed: number, chance: Chance): Profile {
  const profile = profiles[seed % profiles.length] ?? quiet
  return {
    ...profile,
    arrivalMs: profile.arrivalMs * (0.5 + chance.number()),
    balanceNanoUsd: nanoUsd((profile.balanceNanoUsd * BigInt(chance.between(50, 150))) / 100n),
    segmentBytes: profile.segmentBytes * chance.between(1, 3),
  }
}
