import * as limits from '#domain/limits.ts'

/** The limits that the data plane keeps. The defaults are the product's; tests make them smaller. */
export interface GatewayLimits {
  readonly requestBodyBytesMax: number
  readonly formBodyBytesMax: number
  readonly bodyReadTimeoutMs: number
  readonly bodyGraceMs: number
  readonly bodyBytesPerSecondMin: number
  readonly refusedBodyLingerMs: number
  readonly upstreamConnectTimeoutMs: number
  readonly upstreamFirstByteTimeoutMs: number
  /** Of an answer that is not streamed. */
  readonly upstreamWholeAnswerTimeoutMs: number
  readonly upstreamIdleTimeoutMs: number
  readonly upstreamBodyBytesMax: number
  readonly upstreamEventBytesMax: number
  readonly requestTotalTimeoutMs: number
  readonly streamPingIntervalMs: number
  readonly stalledReaderTimeoutMs: number
  readonly progressIntervalMs: number
  readonly contentBytesMax: number
  readonly answersBytesMax: number
}

/** The limits of `domain/limits.ts`. */
export const gatewayLimits: GatewayLimits = {
  requestBodyBytesMax: limits.requestBodyBytesMax,
  formBodyBytesMax: limits.formBodyBytesMax,
  bodyReadTimeoutMs: limits.bodyReadTimeoutMs,
  bodyGraceMs: limits.bodyGraceMs,
  bodyBytesPerSecondMin: limits.bodyBytesPerSecondMin,
  refusedBodyLingerMs: limits.refusedBodyLingerMs,
  upstreamConnectTimeoutMs: limits.upstreamConnectTimeoutMs,
  upstreamFirstByteTimeoutMs: limits.upstreamFirstByteTimeoutMs,
  upstreamWholeAnswerTimeoutMs: limits.upstreamWholeAnswerTimeoutMs,
  upstreamIdleTimeoutMs: limits.upstreamIdleTimeoutMs,
  upstreamBodyBytesMax: limits.upstreamBodyBytesMax,
  upstreamEventBytesMax: limits.upstreamEventBytesMax,
  requestTotalTimeoutMs: limits.requestTotalTimeoutMs,
  streamPingIntervalMs: limits.streamPingIntervalMs,
  stalledReaderTimeoutMs: limits.stalledReaderTimeoutMs,
  progressIntervalMs: limits.progressIntervalMs,
  contentBytesMax: limits.contentBytesMax,
  answersBytesMax: limits.answersBytesMax,
}
