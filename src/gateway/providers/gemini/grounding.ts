import type { Citation } from '#gateway/canonical/delta.ts'
import { isObject, listOf, numberOf, objectOf, textOf } from '#gateway/canonical/json.ts'
import type { JsonObject } from '#gateway/canonical/request.ts'

/** The most sources of one answer that are passed on. */
const citationsMax = 200

/** The sources that one candidate names, with the places of `text` that rest on them. */
export function citationsOf(candidate: JsonObject, text: string): readonly Citation[] {
  const found = [
    ...groundingCitations(objectOf(candidate['groundingMetadata']), text),
    ...recitedSources(objectOf(candidate['citationMetadata']), text),
  ]
  return found.slice(0, citationsMax)
}

function groundingCitations(grounding: JsonObject, text: string): Citation[] {
  const sources = listOf(grounding['groundingChunks']).map(sourceOf)
  const supports = listOf(grounding['groundingSupports']).map(objectOf)
  if (supports.length === 0) return sources.flatMap((source) => (source === null ? [] : [source]))
  return supports.flatMap((support) => {
    const place = placeOf(objectOf(support['segment']), text)
    return listOf(support['groundingChunkIndices']).flatMap((index) => {
      const source = typeof index === 'number' ? (sources[index] ?? null) : null
      return source === null ? [] : [{ ...source, ...place }]
    })
  })
}

function sourceOf(chunk: unknown): Citation | null {
  const kinds = objectOf(chunk)
  const source = objectOf(kinds['web'] ?? kinds['retrievedContext'] ?? kinds['maps'])
  const url = textOf(source['uri'])
  if (url === null) return null
  return { url, title: textOf(source['title']), quote: null, startIndex: null, endIndex: null }
}

type Place = Pick<Citation, 'quote' | 'startIndex' | 'endIndex'>

/** Gemini counts bytes of UTF-8; a place that does not hold the quoted text is searched for instead. */
function placeOf(segment: JsonObject, text: string): Place {
  const quote = textOf(segment['text'])
  const startIndex = characterAt(text, numberOf(segment['startIndex']) ?? 0)
  const endIndex = characterAt(text, numberOf(segment['endIndex']) ?? 0)
  if (quote === null) return { quote, startIndex, endIndex }
  if (text.slice(startIndex, endIndex) === quote) return { quote, startIndex, endIndex }
  const found = text.indexOf(quote)
  return found === -1
    ? { quote, startIndex: null, endIndex: null }
    : { quote, startIndex: found, endIndex: found + quote.length }
}

function characterAt(text: string, byte: number): number {
  return Buffer.from(text, 'utf8').subarray(0, Math.max(0, byte)).toString('utf8').length
}

/** What the model repeats word for word from elsewhere; each address once. */
function recitedSources(metadata: JsonObject, text: string): Citation[] {
  const sources = new Map<string, Citation>()
  for (const one of listOf(metadata['citations'] ?? metadata['citationSources'])) {
    if (!isObject(one)) continue
    const url = textOf(one['uri'])
    if (url === null || sources.has(url)) continue
    const start = numberOf(one['startIndex'])
    const end = numberOf(one['endIndex'])
    sources.set(url, {
      url,
      title: textOf(one['title']),
      quote: null,
      startIndex: start === null ? null : characterAt(text, start),
      endIndex: end === null ? null : characterAt(text, end),
    })
  }
  return [...sources.values()]
}
