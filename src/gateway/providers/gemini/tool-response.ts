import { isObject, parseJson } from '#gateway/canonical/json.ts'
import type { JsonObject, ToolResultPart } from '#gateway/canonical/request.ts'

import { mediaPartOf } from './media-part.ts'
import type { ModelTraits } from './model-traits.ts'

/** What one tool's result becomes: its response, and what must stand beside it. */
export interface EncodedResult {
  readonly part: JsonObject
  /** Images and files that the model takes only outside of a response. */
  readonly beside: readonly JsonObject[]
  readonly impossible: string | null
}

/**
 * Writes a result as `functionResponse`. Its response is an object: text that is a JSON object goes as it
 * is, other text under `output`, and errors under `error`, the names that Gemini documents.
 */
export function encodeResult(
  result: ToolResultPart,
  { name, traits }: { readonly name: string; readonly traits: ModelTraits },
): EncodedResult {
  const texts: string[] = []
  const media: JsonObject[] = []
  let impossible: string | null = null
  for (const part of result.content) {
    if (part.kind === 'text') texts.push(part.text)
    else {
      const reading = mediaPartOf(part.source)
      if (reading.kind === 'part') media.push(reading.part)
      else impossible = reading.detail
    }
  }
  const isInside = traits.takesMediaInResults && media.every((part) => 'inlineData' in part)
  const response = responseOf(texts.join('\n'), result.isError)
  const functionResponse: Record<string, unknown> = { id: result.callId, name, response }
  if (media.length > 0 && isInside) functionResponse['parts'] = media
  const beside =
    media.length > 0 && !isInside ? [{ text: `From the result of ${name}:` }, ...media] : []
  return { part: { functionResponse }, beside, impossible }
}

/** Numbers that a double may not hold stay text. */
const longNumber = /\d{16}/

function responseOf(text: string, isError: boolean): JsonObject {
  if (isError) return { error: text }
  if (text.startsWith('{') && !longNumber.test(text)) {
    const value = parseJson(text)
    if (isObject(value)) return value
  }
  return { output: text }
}
