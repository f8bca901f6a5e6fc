import type { z } from 'zod'

import type { trafficAnswer } from '#contract/control/usage.ts'
import { type Histogram, percentileOf } from '#domain/traffic/histogram.ts'
import type { TrafficSums } from '#domain/traffic/traffic.ts'

type TrafficView = z.input<typeof trafficAnswer>['total']

/** How requests went, in the words of the wire. */
export function viewTraffic(sums: TrafficSums): TrafficView {
  const { requestCount, refusedCount, failedCount, goneCount } = sums
  return {
    requests: requestCount,
    completed: requestCount - refusedCount - failedCount - goneCount,
    refused: refusedCount,
    failed: failedCount,
    client_gone: goneCount,
    latency: viewPercentiles(sums.latencyMs),
    first_token: viewPercentiles(sums.firstTokenMs),
  }
}

function viewPercentiles(histogram: Histogram): TrafficView['latency'] {
  const p50 = percentileOf(histogram, 0.5)
  const p90 = percentileOf(histogram, 0.9)
  const p99 = percentileOf(histogram, 0.99)
  if (p50 === null || p90 === null || p99 === null) return null
  return { p50: Math.round(p50), p90: Math.round(p90), p99: Math.round(p99) }
}
