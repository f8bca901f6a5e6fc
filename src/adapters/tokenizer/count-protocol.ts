/** What the counting thread is asked. */
export interface CountQuestion {
  readonly id: number
  readonly texts: readonly string[]
}

/** What it answers: a count for each text, or why there is none. */
export interface CountAnswer {
  readonly id: number
  readonly counts: readonly number[]
  readonly error: string | null
}
