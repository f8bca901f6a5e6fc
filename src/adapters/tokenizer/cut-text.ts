/** No piece is longer than this, in UTF-16 units: well below the 2 kB above which counting takes long. */
export const pieceLengthMax = 1_024
/** Where a text is cut, letters are looked at this far back for a white space to cut at instead. */
const lookBack = 256

/**
 * Cuts a text into pieces that a tokenizer counts quickly. Its time grows with the square of a run that
 * has no white space (200,000 times one letter take it most of a minute), so nothing longer than a piece
 * is ever given to it. Cuts are made at white space where there is one near, and never inside a character.
 */
export function* cutText(text: string): Iterable<string> {
  let start = 0
  while (text.length - start > pieceLengthMax) {
    const end = cutAt(text, start + pieceLengthMax)
    yield text.slice(start, end)
    start = end
  }
  if (start < text.length) yield text.slice(start)
}

function cutAt(text: string, latest: number): number {
  for (let at = latest; at > latest - lookBack; at -= 1) {
    const code = text.charCodeAt(at)
    if (code === 0x20 || code === 0x0a) return at
  }
  const isInsidePair = (text.charCodeAt(latest) & 0xfc00) === 0xdc00
  return isInsidePair ? latest - 1 : latest
}
