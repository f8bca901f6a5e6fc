/**
 * Counts tokens when a provider did not say. It runs off the event loop that serves requests and cuts
 * long runs of one character, on which tokenizers take minutes.
 */
export interface Tokenizer {
  /** An estimate for each text, in order. Rejects only when the counter itself is broken. */
  readonly count: (texts: readonly string[]) => Promise<readonly number[]>
}
