import { invalid } from '#gateway/canonical/json.ts'
import {
  readBoolean,
  readChoice,
  readCount,
  readObject,
  readText,
  type Place,
} from '#gateway/canonical/members.ts'
import type { ReasoningEffort, ReasoningWish } from '#gateway/canonical/request.ts'

const efforts: readonly ReasoningEffort[] = [
  'none',
  'minimal',
  'low',
  'medium',
  'high',
  'xhigh',
  'max',
]

/**
 * How much to think, from every member that clients of this protocol write it in: OpenAI's
 * `reasoning_effort`, OpenRouter's `reasoning` and `include_reasoning`, the `thinking` of DeepSeek, Z.ai and
 * Anthropic's compatible servers, Qwen's `enable_thinking`, Groq's `reasoning_format`. Null when none is
 * set. Throws `invalid_request` when two of them contradict each other.
 */
export function readReasoningWish(body: Place): ReasoningWish | null {
  const wish = readObject(body, 'reasoning')
  const place: Place = { object: wish ?? {}, path: 'reasoning' }
  const thinking: Place = { object: readObject(body, 'thinking') ?? {}, path: 'thinking' }
  const thinkingType = readText(thinking, 'type')
  const effort = readEffort(body, place)
  const enabled =
    readBoolean(place, 'enabled') ?? enabledBy(thinkingType) ?? readBoolean(body, 'enable_thinking')
  if (enabled === false && effort !== null && effort !== 'none') {
    throw invalid(
      'reasoning_effort',
      `asks for "${effort}", but reasoning is switched off beside it`,
    )
  }
  if (enabled === true && effort === 'none') {
    throw invalid('reasoning_effort', 'asks for none, but reasoning is switched on beside it')
  }
  const budgetTokens =
    readCount(place, 'max_tokens') ??
    readCount(thinking, 'budget_tokens') ??
    readCount(body, 'thinking_budget')
  const isHidden =
    readBoolean(place, 'exclude') === true ||
    readBoolean(body, 'include_reasoning') === false ||
    readText(body, 'reasoning_format') === 'hidden'
  const summary = readSummary(place)
  const isAdaptive = thinkingType === 'adaptive'
  const isSilent = enabled === null && effort === null && budgetTokens === null
  if (isSilent && !isHidden && summary === null && !isAdaptive) return null
  return { enabled, effort, budgetTokens, isAdaptive, summary, isHidden }
}

function readSummary(place: Place): ReasoningWish['summary'] {
  const summary = readText(place, 'summary')
  return summary === 'auto' || summary === 'concise' || summary === 'detailed' ? summary : null
}

function readEffort(body: Place, reasoning: Place): ReasoningEffort | null {
  // Groq's word for "as much as you like".
  const own =
    body.object['reasoning_effort'] === 'default'
      ? null
      : readChoice(body, 'reasoning_effort', efforts)
  const other = readChoice(reasoning, 'effort', efforts)
  if (own !== null && other !== null && own !== other) {
    throw invalid(
      'reasoning_effort',
      `is "${own}", but reasoning.effort is "${other}"; send one of them`,
    )
  }
  return own ?? other
}

function enabledBy(type: string | null): boolean | null {
  if (type === 'enabled' || type === 'adaptive') return true
  return type === 'disabled' ? false : null
}
