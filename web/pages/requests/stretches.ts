import { readableSpan } from '#web/elements/moments.ts'

import type { RequestDetail } from './request-page.tsx'

/** One attempt on the time of the whole request, in milliseconds from its start. */
export interface Stretch {
  readonly key: string
  readonly name: string
  readonly what: string
  readonly words: string
  readonly isBroken: boolean
  readonly startMs: number
  /** Until the first token came, or until it failed. */
  readonly waitMs: number
  /** From the first token to the end. */
  readonly receiveMs: number
}

type Told = Pick<
  RequestDetail,
  'routing_path' | 'created_at' | 'latency_ms' | 'time_to_first_token_ms' | 'outcome'
>

/** The attempts of a request, each with its place in time. Times that do not fit are cut to the request. */
export function stretchesOf(request: Told): readonly Stretch[] {
  const begunMs = Date.parse(request.created_at)
  const { latency_ms: totalMs, time_to_first_token_ms: firstMs } = request
  return request.routing_path.map((attempt, index) => {
    const isLast = index === request.routing_path.length - 1
    const isBroken =
      attempt.error_class !== null || (isLast && request.outcome === 'upstream_failed')
    const startMs = within(Date.parse(attempt.started_at) - begunMs, totalMs)
    const spanMs = within(attempt.latency_ms, totalMs - startMs)
    const endMs = isLast && !isBroken ? totalMs : startMs + spanMs
    const tokenMs = isLast && !isBroken && firstMs !== null ? within(firstMs, endMs) : endMs
    const waitMs = Math.max(0, tokenMs - startMs)
    const receiveMs = Math.max(0, endMs - tokenMs)
    const words =
      receiveMs > 0
        ? `waited ${readableSpan(waitMs)}, received for ${readableSpan(receiveMs)}`
        : `took ${readableSpan(waitMs)}`
    return {
      key: `${attempt.started_at} ${index}`,
      name: attempt.provider,
      what: [
        attempt.status ?? 'no answer',
        attempt.error_class,
        attempt.credential_id === null ? null : 'your own key',
        words,
      ]
        .filter(Boolean)
        .join(' · '),
      words: `${attempt.upstream_model}: ${words}`,
      isBroken,
      startMs,
      waitMs,
      receiveMs,
    }
  })
}

function within(ms: number, limitMs: number): number {
  return Math.min(Math.max(0, ms), Math.max(0, limitMs))
}
