import { costMembers } from '#contract/usage.ts'
import type { TokenUsage } from '#domain/usage.ts'
import type { Closing } from '#gateway/canonical/client-protocol.ts'
import type { JsonObject } from '#gateway/canonical/request.ts'

/** `usageMetadata` as JSON text: the counts in Gemini's convention, with what was charged beside them. */
export function usageMetadataJson({ usage, cost }: Pick<Closing, 'usage' | 'cost'>): string {
  return withCost(countsOf(usage), cost)
}

/** An upstream's own counts as JSON text, with what was charged beside them. */
export function withCost(counts: JsonObject, cost: Closing['cost']): string {
  const members = [...costMembers(cost)].map(([name, text]) => `"${name}":${text}`).join(',')
  const { cost: _, is_byok: __, cost_details: ___, ...own } = counts
  const text = JSON.stringify(own)
  return text === '{}' ? `{${members}}` : `${text.slice(0, -1)},${members}}`
}

/** Our own member of an answer, as JSON text that follows another member; empty without warnings. */
export function warningsJson({ warnings }: Pick<Closing, 'warnings'>): string {
  return warnings.length === 0 ? '' : `,"codelace_metadata":${JSON.stringify({ warnings })}`
}

/** Gemini counts thoughts beside the candidates, and leaves zeros out. */
function countsOf(usage: TokenUsage): JsonObject {
  const { promptTokens, completionTokens, reasoningTokens, cachedTokens } = usage
  const counts: Record<string, unknown> = {
    promptTokenCount: promptTokens,
    candidatesTokenCount: completionTokens - reasoningTokens,
    totalTokenCount: promptTokens + completionTokens,
  }
  if (cachedTokens > 0) counts['cachedContentTokenCount'] = cachedTokens
  if (reasoningTokens > 0) counts['thoughtsTokenCount'] = reasoningTokens
  const { audioPromptTokens, imagePromptTokens } = usage
  counts['promptTokensDetails'] = modalities(promptTokens, audioPromptTokens, imagePromptTokens)
  if (usage.audioCompletionTokens + usage.imageCompletionTokens > 0) {
    const { audioCompletionTokens, imageCompletionTokens } = usage
    counts['candidatesTokensDetails'] = modalities(
      completionTokens - reasoningTokens,
      audioCompletionTokens,
      imageCompletionTokens,
    )
  }
  return counts
}

function modalities(all: number, audio: number, image: number): readonly JsonObject[] {
  const details = [
    { modality: 'TEXT', tokenCount: Math.max(0, all - audio - image) },
    { modality: 'AUDIO', tokenCount: audio },
    { modality: 'IMAGE', tokenCount: image },
  ]
  return details.filter(({ tokenCount }) => tokenCount > 0)
}
