import type { Citation, Delta, FinishReason } from '#gateway/canonical/delta.ts'
import { logprobsOf, type TokenLogprob } from '#gateway/canonical/logprobs.ts'
import { reasoningDetails, type ReasoningPiece } from '#gateway/canonical/reasoning-details.ts'
import type { JsonObject } from '#gateway/canonical/request.ts'

/** True for clients that speak of functions instead of tools, as OpenAI's first protocol did. */
export function usesLegacyFunctions(body: JsonObject): boolean {
  return Array.isArray(body['functions']) && body['tools'] === undefined
}

/** Numbers the entries of `reasoning_details`: those of one kind and one block have one index. */
export function detailNumbers(): (block: number, piece: ReasoningPiece) => readonly JsonObject[] {
  const numbers = new Map<string, number>()
  return (block, piece) =>
    reasoningDetails(piece, (type) => {
      const key = `${block} ${type}`
      const known = numbers.get(key)
      if (known !== undefined) return known
      numbers.set(key, numbers.size)
      return numbers.size - 1
    })
}

/** A source of the text as OpenAI's annotation; undefined where it has no address. */
export function annotationOf(citation: Citation): JsonObject | undefined {
  const { url, title, quote, startIndex, endIndex } = citation
  if (url === null) return undefined
  return {
    type: 'url_citation',
    url_citation: {
      url,
      title: title ?? '',
      ...(quote === null ? {} : { content: quote }),
      start_index: startIndex ?? 0,
      end_index: endIndex ?? 0,
    },
  }
}

/** How likely the tokens of a text were; null where nothing was told. */
export function chatLogprobs(tokens: readonly TokenLogprob[]): JsonObject | null {
  return tokens.length === 0 ? null : { content: logprobsOf(tokens), refusal: null }
}

/** An image that the model made, as OpenRouter writes it. */
export function imageOf(
  media: Extract<Delta, { kind: 'media' }> | { mediaType: string; base64: string },
  index: number,
): JsonObject {
  const url = `data:${media.mediaType};base64,${media.base64}`
  return { type: 'image_url', image_url: { url }, index }
}

/** Why the answer ended, in the words of this protocol. */
export function finishReasonOf(reason: FinishReason | null, isLegacy: boolean): string {
  return isLegacy && reason === 'tool_calls' ? 'function_call' : (reason ?? 'stop')
}
