/** One event of an upstream's stream, out of its framing. */
export interface WireEvent {
  /** The `event:` field, or the `:event-type` header of an AWS event; null: none. */
  readonly name: string | null
  /** The data as text: usually JSON. Several `data:` lines are joined by line feeds. */
  readonly data: string
  /** An AWS frame of type `exception`, or an event line that says so. */
  readonly isException: boolean
}
