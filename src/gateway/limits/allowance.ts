import type { LimitedOwner } from './limiter.ts'

/**
 * What one request counts for against its limits. It ends once, in the one exit of every request; a second
 * end changes nothing.
 */
export class Allowance {
  readonly owners: readonly LimitedOwner[]
  readonly #slot: number
  #tokens: number
  #isOver = false

  constructor(parts: { owners: readonly LimitedOwner[]; slot: number; tokens: number }) {
    this.owners = parts.owners
    this.#slot = parts.slot
    this.#tokens = parts.tokens
  }

  /** The request used so many tokens, not as many as it could have. They count for when it began. */
  use(tokens: number): void {
    if (this.#isOver) return
    this.#countTokens(tokens)
  }

  /** The request is over: its end has been delivered, or nobody is there to receive it. */
  end(): void {
    if (this.#isOver) return
    this.#isOver = true
    for (const { meter } of this.owners) meter.underWayCount -= 1
  }

  /** The request was refused for another reason before anybody worked for it: it counts for nothing. */
  cancel(): void {
    if (this.#isOver) return
    this.#countTokens(0)
    this.end()
    for (const { meter, requestsMax } of this.owners) {
      if (requestsMax !== null) meter.requests?.add(this.#slot, -1)
    }
  }

  #countTokens(tokens: number): void {
    for (const { meter, tokensMax } of this.owners) {
      if (tokensMax !== null) meter.tokens?.add(this.#slot, tokens - this.#tokens)
    }
    this.#tokens = tokens
  }
}
