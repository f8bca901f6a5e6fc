import type { ModelRequest } from '#gateway/canonical/request.ts'

import type { Notes } from './notes.ts'

/**
 * Notes what neither Anthropic nor Bedrock has a place for. What would change the meaning of the answer
 * is refused; what only shapes it is a warning.
 */
export function noteUnsupported(request: ModelRequest, notes: Notes): void {
  const { sampling } = request
  if ((sampling.choiceCount ?? 1) > 1) {
    notes.refuse('n', 'This provider gives one answer only; send one request for each.')
  }
  const other = request.outputModalities?.find((modality) => modality !== 'text')
  if (other !== undefined) {
    notes.refuse('modalities', `This provider answers in text, not in ${JSON.stringify(other)}.`)
  }
  if (request.audioOutput !== null) notes.refuse('audio', 'This provider cannot speak.')
  const members: readonly (readonly [string, unknown])[] = [
    ['min_p', sampling.minP],
    ['seed', sampling.seed],
    ['presence_penalty', sampling.presencePenalty || null],
    ['frequency_penalty', sampling.frequencyPenalty || null],
    ['repetition_penalty', sampling.repetitionPenalty === 1 ? null : sampling.repetitionPenalty],
    ['logit_bias', sampling.logitBias],
    ['logprobs', sampling.logprobs || null],
    ['top_logprobs', sampling.topLogprobs],
    ['prompt_cache_key', request.promptCacheKey],
    ['verbosity', request.verbosity === 'medium' ? null : request.verbosity],
  ]
  for (const [param, value] of members) {
    if (value !== null) notes.warn(param, 'This provider has nothing like it; it was left out.')
  }
}

/** The stop sequences that a provider takes which refuses those without a visible character. */
export function visibleStops({ sampling }: ModelRequest, notes: Notes): readonly string[] {
  const visible = sampling.stop.filter((text) => text.trim() !== '')
  if (visible.length < sampling.stop.length) {
    notes.warn('stop', 'A sequence of white space alone is refused by this provider; left out.')
  }
  return visible
}

/** The most tokens of output to ask for: what may be paid wins, then the client's wish, then the model's limit. */
export function outputTokensFor(
  request: ModelRequest,
  target: { readonly maxOutputTokens: number; readonly maxTokens: number | null },
  notes: Notes,
): number {
  const wished = request.maxOutputTokens
  if (wished !== null && wished > target.maxOutputTokens && target.maxTokens === null) {
    const most = target.maxOutputTokens
    notes.warn('max_tokens', `This model gives ${most} tokens at most; that was used.`)
  }
  return Math.min(target.maxTokens ?? wished ?? target.maxOutputTokens, target.maxOutputTokens)
}
