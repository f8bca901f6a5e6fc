import type { JsonObject, ReasoningEffort, ReasoningWish } from '#gateway/canonical/request.ts'

import type { Writing } from './writing.ts'

/** The models of OpenAI that think before they answer. */
const thinkers = /(?:^|\/)(?:o\d|gpt-5(?!.*chat)|gpt-oss|codex|computer-use)/

/** True for models that take `reasoning_effort` and refuse to be sampled otherwise than by themselves. */
export function isThinker(model: string): boolean {
  return thinkers.test(model)
}

/** The members that say how much to think, in this dialect. */
export function encodeReasoning(
  wish: ReasoningWish | null,
  { model, maxOutputTokens, writing }: { model: string; maxOutputTokens: number; writing: Writing },
): JsonObject {
  if (wish === null) return {}
  const effort = effortOf(wish, maxOutputTokens)
  const { dialect } = writing
  switch (dialect.reasoning) {
    case 'openrouter':
      return { reasoning: asObject(wish) }
    case 'openai':
      return isThinker(model) ? forOpenai(effort, model, writing) : ignored(effort, writing)
    case 'xai':
      return /grok-3-mini|grok-4\.[2-9]|grok-[5-9]/.test(model)
        ? nearest(effort, writing)
        : ignored(effort, writing)
    case 'groq':
      return forGroq(wish, effort, { model, writing })
    case 'thinking':
      return thinkingMember(wish, effort, writing)
    case 'enable_thinking':
      return enableThinking(wish, effort)
    default:
      return effort === null ? {} : nearest(effort, writing)
  }
}

function asObject(wish: ReasoningWish): JsonObject {
  return {
    ...(wish.enabled === null ? {} : { enabled: wish.enabled }),
    ...(wish.effort === null ? {} : { effort: wish.effort }),
    // OpenRouter takes one of the two.
    ...(wish.budgetTokens === null || wish.effort !== null
      ? {}
      : { max_tokens: wish.budgetTokens }),
    ...(wish.summary === null ? {} : { summary: wish.summary }),
    ...(wish.isHidden ? { exclude: true } : {}),
  }
}

/** The wish as an effort: a number of tokens becomes the effort of that share of the output. */
function effortOf(wish: ReasoningWish, maxOutputTokens: number): ReasoningEffort | null {
  if (wish.enabled === false) return 'none'
  if (wish.effort !== null) return wish.effort
  if (wish.budgetTokens !== null) {
    const share = wish.budgetTokens / Math.max(1, maxOutputTokens)
    if (share <= 0.15) return 'minimal'
    if (share <= 0.35) return 'low'
    return share <= 0.65 ? 'medium' : 'high'
  }
  return wish.enabled === true && !wish.isAdaptive ? 'medium' : null
}

function ignored(effort: ReasoningEffort | null, { warn }: Writing): JsonObject {
  if (effort !== null && effort !== 'none') {
    warn('reasoning', 'This model cannot be told how much to think.')
  }
  return {}
}

/** OpenAI's models differ in whether they can be told not to think. */
function forOpenai(effort: ReasoningEffort | null, model: string, writing: Writing): JsonObject {
  if (effort === null) return {}
  if (effort !== 'none' && effort !== 'minimal') return nearest(effort, writing)
  if (/(?:^|\/)gpt-5(?:-|$)/.test(model)) return nearest('minimal', writing)
  if (/(?:^|\/)(?:o\d|gpt-oss|codex)/.test(model)) {
    writing.warn('reasoning', 'This model always thinks: it is told to think little.')
    return { reasoning_effort: 'low' }
  }
  return { reasoning_effort: 'none' }
}

function forGroq(
  wish: ReasoningWish,
  effort: ReasoningEffort | null,
  { model, writing }: { model: string; writing: Writing },
): JsonObject {
  if (/gpt-oss/.test(model)) {
    return {
      ...(effort === null ? {} : nearest(effort, writing)),
      ...(wish.isHidden ? { include_reasoning: false } : {}),
    }
  }
  const format = { reasoning_format: wish.isHidden ? 'hidden' : 'parsed' }
  if (/qwen/.test(model)) {
    return effort === 'none'
      ? { reasoning_effort: 'none' }
      : { reasoning_effort: 'default', ...format }
  }
  if (/r1|qwq|deepseek/.test(model)) return format
  return ignored(effort, writing)
}

function thinkingMember(
  wish: ReasoningWish,
  effort: ReasoningEffort | null,
  writing: Writing,
): JsonObject {
  if (effort === 'none') return { thinking: { type: 'disabled' } }
  if (effort === null && wish.enabled === null && !wish.isAdaptive) return {}
  const told = wish.effort === null ? {} : nearest(wish.effort, writing)
  return { thinking: { type: 'enabled' }, ...told }
}

function enableThinking(wish: ReasoningWish, effort: ReasoningEffort | null): JsonObject {
  if (effort === null) return {}
  if (effort === 'none') return { enable_thinking: false }
  const budget = wish.budgetTokens === null ? {} : { thinking_budget: wish.budgetTokens }
  return { enable_thinking: true, ...budget }
}

const order: readonly ReasoningEffort[] = [
  'none',
  'minimal',
  'low',
  'medium',
  'high',
  'xhigh',
  'max',
]

/** The nearest effort that is taken here; the greater one of two. */
function nearest(effort: ReasoningEffort | null, { dialect, warn }: Writing): JsonObject {
  if (effort === null) return {}
  const wanted = order.indexOf(effort)
  let best: ReasoningEffort | undefined
  for (const candidate of dialect.efforts) {
    const distance = Math.abs(order.indexOf(candidate) - wanted)
    const bestDistance = best === undefined ? Infinity : Math.abs(order.indexOf(best) - wanted)
    if (distance <= bestDistance) best = candidate
  }
  if (best === undefined) return {}
  if (best !== effort) {
    warn('reasoning', `This provider knows no effort "${effort}": it is told "${best}".`)
  }
  return { reasoning_effort: best }
}
