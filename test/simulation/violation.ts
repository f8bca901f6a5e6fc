/** A promise of the product was broken. The message names it and says what was seen. */
export class Violation extends Error {
  override readonly name = 'Violation'
  readonly invariant: string

  constructor(invariant: string, detail: string) {
    super(`${invariant}: ${detail}`)
    this.invariant = invariant
  }
}

/** Throws a `Violation` when a promise does not hold. The detail is only made when it is needed. */
export function demand(holds: boolean, invariant: string, detail: () => string): void {
  if (!holds) throw new Violation(invariant, detail())
}
