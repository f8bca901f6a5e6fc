/** The longest text that is taken apart exactly; of a longer one every four characters count as a token. */
export const exactTextLengthMax = 100_000

const piece = /\s*[\p{L}\p{N}_]+|\s*[^\s\p{L}\p{N}_]|\s+$/gu

/**
 * Takes a text apart into simulated tokens: a word, or one other sign, each with the blanks before it.
 * Joined again they are the text, and there are never more of them than the text has bytes.
 */
export function splitTokens(text: string): readonly string[] {
  return text.match(piece) ?? []
}

/** How many simulated tokens a text has. */
export function countTokens(text: string): number {
  if (text.length > exactTextLengthMax) return Math.ceil(text.length / 4)
  return splitTokens(text).length
}
