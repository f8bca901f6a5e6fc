/** A command that could not do its part. The message and the hint are for the person at the terminal. */
export class ClientError extends Error {
  override readonly name = 'ClientError'
  /** The server's stable error code; null when it did not come to that. */
  readonly code: string | null
  /** The next step; null when there is none to name. */
  readonly hint: string | null

  constructor(
    message: string,
    options: { readonly code?: string; readonly hint?: string; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause })
    this.code = options.code ?? null
    this.hint = options.hint ?? null
  }
}
