import type { Citation } from '#gateway/canonical/delta.ts'

/**
 * `groundingMetadata` as JSON text that follows another member; empty without sources. Gemini counts
 * places in bytes of UTF-8 of the text.
 */
export function groundingJson(citations: readonly Citation[], text: string): string {
  const places = new Map<string, number>()
  const chunks: unknown[] = []
  const supports: unknown[] = []
  for (const { url, title, quote, startIndex, endIndex } of citations) {
    if (url === null) continue
    let place = places.get(url)
    if (place === undefined) {
      place = chunks.length
      places.set(url, place)
      chunks.push({ web: { uri: url, ...(title === null ? {} : { title }) } })
    }
    if (startIndex === null || endIndex === null) continue
    const segment = {
      startIndex: Buffer.byteLength(text.slice(0, startIndex)),
      endIndex: Buffer.byteLength(text.slice(0, endIndex)),
      text: quote ?? text.slice(startIndex, endIndex),
    }
    supports.push({ segment, groundingChunkIndices: [place] })
  }
  if (chunks.length === 0) return ''
  const metadata = { groundingChunks: chunks, groundingSupports: supports }
  return `,"groundingMetadata":${JSON.stringify(metadata)}`
}
