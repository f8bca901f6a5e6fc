import type { Citation } from '#gateway/canonical/delta.ts'
import { objectOf, textOf } from '#gateway/canonical/json.ts'

/** A citation whose place in the answer is not known yet. */
export type UnplacedCitation = Omit<Citation, 'startIndex' | 'endIndex'>

/** Reads any of Anthropic's citations. Its own offsets are places in the source, not in the answer. */
export function readCitation(value: unknown): UnplacedCitation {
  const citation = objectOf(value)
  const source = textOf(citation['source'])
  return {
    url: textOf(citation['url']) ?? (source !== null && /^https?:/.test(source) ? source : null),
    title: textOf(citation['title']) ?? textOf(citation['document_title']) ?? source,
    quote: textOf(citation['cited_text']),
  }
}
