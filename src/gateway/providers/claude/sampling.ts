import type { ModelRequest } from '#gateway/canonical/request.ts'
import type { Notes } from '#gateway/providers/notes.ts'

import type { ClaudeTraits } from './claude-models.ts'

/** What Claude is told about sampling; an absent member is not sent. */
export interface ClaudeSampling {
  readonly temperature?: number
  readonly topP?: number
  readonly topK?: number
}

/** The part of a request's sampling that this model takes, with a warning for each member it does not. */
export function claudeSampling(
  { sampling }: ModelRequest,
  { traits, isThinking }: { traits: ClaudeTraits; isThinking: boolean },
  notes: Notes,
): ClaudeSampling {
  const why = traits.takesSampling ? 'while the model thinks' : 'by this model'
  const isFixed = isThinking || !traits.takesSampling
  const temperature = sampling.temperature === null ? null : clamp(sampling.temperature, notes)
  const keepsTemperature = temperature !== null && (!isFixed || temperature === 1)
  if (temperature !== null && !keepsTemperature) {
    notes.warn('temperature', `Only 1 is taken ${why}; it was left out.`)
  }
  const topK = sampling.topK
  const keepsTopK = topK !== null && !isFixed
  if (topK !== null && !keepsTopK) notes.warn('top_k', `It is not taken ${why}; it was left out.`)
  return {
    ...(keepsTemperature && !isFixed ? { temperature } : {}),
    ...topPOf(sampling.topP, { traits, isThinking, hasTemperature: keepsTemperature, notes }),
    ...(keepsTopK ? { topK } : {}),
  }
}

function clamp(temperature: number, notes: Notes): number {
  const taken = Math.min(1, Math.max(0, temperature))
  if (taken !== temperature) {
    notes.warn('temperature', `It must be between 0 and 1 here; ${taken} was used.`)
  }
  return taken
}

function topPOf(
  topP: number | null,
  facts: { traits: ClaudeTraits; isThinking: boolean; hasTemperature: boolean; notes: Notes },
): { topP?: number } {
  const { traits, isThinking, hasTemperature, notes } = facts
  if (topP === null || topP === 1) return {}
  if (!traits.takesSampling) {
    if (topP < 0.99) notes.warn('top_p', 'It is not taken by this model; it was left out.')
    return {}
  }
  if (isThinking && topP < 0.95) {
    notes.warn('top_p', 'It must be at least 0.95 while the model thinks; it was left out.')
    return {}
  }
  if (hasTemperature && !traits.takesTemperatureWithTopP) {
    notes.warn('top_p', 'This model takes either temperature or top_p; top_p was left out.')
    return {}
  }
  return { topP }
}
