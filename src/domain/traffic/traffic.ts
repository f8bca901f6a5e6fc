import type { AttemptErrorClass, GenerationRecord, RoutingAttempt } from '#domain/generation.ts'
import type { AccountId, KeyId } from '#domain/identifiers.ts'
import { beganAtMs, hourOf } from '#domain/ledger/usage-hours.ts'

import { addHistograms, emptyHistogram, type Histogram, measured } from './histogram.ts'

/** How requests went: how many, how they ended, and how long they took. Durations are milliseconds. */
export interface TrafficSums {
  readonly requestCount: number
  readonly refusedCount: number
  readonly failedCount: number
  readonly goneCount: number
  /** Whole durations of completed requests. */
  readonly latencyMs: Histogram
  /** Times to the first token of completed requests that were streamed. */
  readonly firstTokenMs: Histogram
}

/** The requests of an account on one model of one provider that began in one UTC hour. */
export interface TrafficHour extends TrafficSums {
  readonly accountId: AccountId
  readonly hourMs: number
  /** The one that was resolved; empty where none was. */
  readonly model: string
  /** Empty where nobody was asked. */
  readonly provider: string
}

/** How one endpoint of one provider answered everybody. */
export interface EndpointSums {
  /** Without those that say nothing of the endpoint: the client left, or sent what no model accepts. */
  readonly attemptCount: number
  readonly failureCount: number
  readonly latencyMs: Histogram
  readonly firstTokenMs: Histogram
  /** Tokens of output in each second after the first token, of streamed answers. */
  readonly tokensPerSecond: Histogram
}

/** The attempts on one endpoint within five minutes. */
export interface EndpointSlot extends EndpointSums {
  readonly provider: string
  readonly upstreamModel: string
  readonly slotMs: number
}

/** When a key was used. */
export interface KeyUse {
  readonly keyId: KeyId
  readonly accountId: AccountId
  readonly atMs: number
}

/** The span of one row of endpoint traffic. */
export const endpointSlotMs = 300_000

/** No requests. */
export const noTraffic: TrafficSums = {
  requestCount: 0,
  refusedCount: 0,
  failedCount: 0,
  goneCount: 0,
  latencyMs: emptyHistogram,
  firstTokenMs: emptyHistogram,
}

/** No attempts. */
export const noAttempts: EndpointSums = {
  attemptCount: 0,
  failureCount: 0,
  latencyMs: emptyHistogram,
  firstTokenMs: emptyHistogram,
  tokensPerSecond: emptyHistogram,
}

/** Both together. */
export function addTraffic(left: TrafficSums, right: TrafficSums): TrafficSums {
  return {
    requestCount: left.requestCount + right.requestCount,
    refusedCount: left.refusedCount + right.refusedCount,
    failedCount: left.failedCount + right.failedCount,
    goneCount: left.goneCount + right.goneCount,
    latencyMs: addHistograms(left.latencyMs, right.latencyMs),
    firstTokenMs: addHistograms(left.firstTokenMs, right.firstTokenMs),
  }
}

/** Both together. */
export function addAttempts(left: EndpointSums, right: EndpointSums): EndpointSums {
  return {
    attemptCount: left.attemptCount + right.attemptCount,
    failureCount: left.failureCount + right.failureCount,
    latencyMs: addHistograms(left.latencyMs, right.latencyMs),
    firstTokenMs: addHistograms(left.firstTokenMs, right.firstTokenMs),
    tokensPerSecond: addHistograms(left.tokensPerSecond, right.tokensPerSecond),
  }
}

/** The name of the row that a request is counted in. */
export function nameOfTraffic(row: Omit<TrafficHour, keyof TrafficSums>): string {
  return JSON.stringify([row.accountId, row.hourMs, row.model, row.provider])
}

/** The name of the row that an attempt is counted in. */
export function nameOfSlot(row: Omit<EndpointSlot, keyof EndpointSums>): string {
  return JSON.stringify([row.slotMs, row.provider, row.upstreamModel])
}

/** Sums lines of the log by account, hour, model and provider, in one order: stores lock in it. */
export function trafficHoursOf(records: readonly GenerationRecord[]): readonly TrafficHour[] {
  const hours = new Map<string, TrafficHour>()
  for (const record of records) {
    const row = {
      accountId: record.accountId,
      hourMs: hourOf(beganAtMs(record.id)),
      model: record.resolvedModel ?? '',
      provider: record.provider ?? '',
    }
    const name = nameOfTraffic(row)
    hours.set(name, { ...row, ...addTraffic(hours.get(name) ?? noTraffic, trafficOf(record)) })
  }
  return sorted(hours)
}

/** Sums the attempts of the lines by endpoint and five minutes, in one order: stores lock in it. */
export function endpointSlotsOf(records: readonly GenerationRecord[]): readonly EndpointSlot[] {
  const slots = new Map<string, EndpointSlot>()
  for (const record of records) {
    for (const attempt of record.routingPath) {
      const sums = attemptSums(record, attempt)
      if (sums === undefined) continue
      const row = {
        provider: attempt.provider,
        upstreamModel: attempt.upstreamModel,
        slotMs: Math.floor(attempt.startedAtMs / endpointSlotMs) * endpointSlotMs,
      }
      const name = nameOfSlot(row)
      slots.set(name, { ...row, ...addAttempts(slots.get(name) ?? noAttempts, sums) })
    }
  }
  return sorted(slots)
}

/** The last use of each key that the lines tell of, in the order of the keys. */
export function keyUsesOf(records: readonly GenerationRecord[]): readonly KeyUse[] {
  const uses = new Map<string, KeyUse>()
  for (const { keyId, accountId, createdAtMs } of records) {
    const atMs = Math.max(createdAtMs, uses.get(keyId)?.atMs ?? 0)
    uses.set(keyId, { keyId, accountId, atMs })
  }
  return sorted(uses)
}

function sorted<Row>(rows: ReadonlyMap<string, Row>): readonly Row[] {
  return [...rows].toSorted(([left], [right]) => (left < right ? -1 : 1)).map(([, row]) => row)
}

function trafficOf(record: GenerationRecord): TrafficSums {
  const { outcome, latencyMs, timeToFirstTokenMs, streamed } = record
  const isCompleted = outcome === 'completed'
  return {
    requestCount: 1,
    refusedCount: Number(outcome === 'refused'),
    failedCount: Number(outcome === 'upstream_failed'),
    goneCount: Number(outcome === 'client_gone'),
    latencyMs: isCompleted ? measured(emptyHistogram, latencyMs) : emptyHistogram,
    firstTokenMs:
      isCompleted && streamed && timeToFirstTokenMs !== null
        ? measured(emptyHistogram, timeToFirstTokenMs)
        : emptyHistogram,
  }
}

/** What an attempt says of its endpoint; undefined when it says nothing. */
function attemptSums(record: GenerationRecord, attempt: RoutingAttempt): EndpointSums | undefined {
  // With a customer's own credential it is another endpoint, which nobody else is served by.
  if (attempt.credentialId !== undefined) return undefined
  if (attempt.errorClass !== null) {
    return isEndpointsFault(attempt)
      ? { ...noAttempts, attemptCount: 1, failureCount: 1 }
      : undefined
  }
  const isDelivered = record.routingPath.at(-1) === attempt && record.outcome === 'completed'
  if (!isDelivered) return { ...noAttempts, attemptCount: 1 }
  const lostMs = Math.max(0, attempt.startedAtMs - record.createdAtMs)
  const wholeMs = Math.max(0, record.latencyMs - lostMs)
  const latencyMs = measured(emptyHistogram, wholeMs)
  if (!record.streamed || record.timeToFirstTokenMs === null) {
    return { ...noAttempts, attemptCount: 1, latencyMs }
  }
  const firstMs = Math.max(0, record.timeToFirstTokenMs - lostMs)
  const writingMs = wholeMs - firstMs
  const { completionTokens } = record.usage
  const hasSpeed = writingMs > 0 && completionTokens > 1
  return {
    ...noAttempts,
    attemptCount: 1,
    latencyMs,
    firstTokenMs: measured(emptyHistogram, firstMs),
    tokensPerSecond: hasSpeed
      ? measured(emptyHistogram, (completionTokens * 1000) / writingMs)
      : emptyHistogram,
  }
}

/** Statuses by which an endpoint says that it cannot serve now, whatever it is asked. */
const statusesOfTrouble: ReadonlySet<number> = new Set([401, 402, 403, 408, 429])

/** What ended an attempt without saying anything of the endpoint. */
const notOfTheEndpoint: ReadonlySet<AttemptErrorClass | null> = new Set([
  'aborted',
  'not_expressible',
  'internal',
])

function isEndpointsFault({ errorClass, status }: RoutingAttempt): boolean {
  if (notOfTheEndpoint.has(errorClass)) return false
  if (errorClass !== 'status' || status === null) return true
  return status >= 500 || statusesOfTrouble.has(status)
}
