import type { AttemptErrorClass } from '#domain/generation.ts'

/** One request to a provider. Header names are lower-case. */
export interface UpstreamRequest {
  /** Absolute, `https:` or `http:`, or `simulated:` for the built-in provider. */
  readonly url: string
  readonly method: 'POST' | 'GET'
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  readonly connectTimeoutMs: number
  readonly firstByteTimeoutMs: number
  readonly idleTimeoutMs: number
}

/** What the caller of an upstream hears, in this order: `onHead` once, `onData` any number of times, then exactly one of `onEnd` and `onError`. `onError` may come at any time. */
export interface UpstreamHandlers {
  readonly onHead: (status: number, headers: Readonly<Record<string, string>>) => void
  /** A chunk of the decoded body. The bytes belong to the caller from then on. */
  readonly onData: (chunk: Uint8Array) => void
  readonly onEnd: () => void
  readonly onError: (error: UpstreamError) => void
}

/** A call that is under way. */
export interface UpstreamCall {
  /** Ends the call; no handler is called after it returns. */
  readonly abort: () => void
  /** Stops reading, so that the upstream's socket window closes; `resume` goes on. */
  readonly pause: () => void
  readonly resume: () => void
}

/** How the gateway reaches providers. It never follows a redirect and never throws: see `onError`. */
export interface Upstream {
  readonly send: (request: UpstreamRequest, handlers: UpstreamHandlers) => UpstreamCall
}

/** Why the transport failed. The message is for our own log. */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError'
  readonly errorClass: AttemptErrorClass

  constructor(errorClass: AttemptErrorClass, message: string, options: { cause?: unknown } = {}) {
    super(message, options)
    this.errorClass = errorClass
  }
}
