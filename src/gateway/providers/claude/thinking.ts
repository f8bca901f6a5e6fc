import type { JsonObject, ReasoningEffort, ReasoningWish } from '#gateway/canonical/request.ts'
import type { Notes } from '#gateway/providers/notes.ts'
import type { Turn } from '#gateway/providers/turns.ts'

import type { ClaudeEffort, ClaudeTraits } from './claude-models.ts'

/** How much Claude is told to think: its members `thinking` and `output_config.effort`; null: nothing said. */
export interface ThinkingPlan {
  readonly thinking: JsonObject | null
  readonly effort: ClaudeEffort | null
  /** Thinking was asked for: then sampling and the choice of tools are restricted. */
  readonly isOn: boolean
}

/** What the plan depends on. */
export interface ThinkingFacts {
  readonly traits: ClaudeTraits
  /** The most tokens of output, thinking included. */
  readonly maxTokens: number
  /** The request demands a call of a tool, which Claude refuses while it thinks within a budget. */
  readonly isToolForced: boolean
  readonly turns: readonly Turn[]
}

const budgetTokensMin = 1_024
const budgetTokensMax = 128_000

/** The share of the output that each effort means to models that think within a budget. */
const shares: Readonly<Record<Exclude<ReasoningEffort, 'none'>, number>> = {
  minimal: 0.1,
  low: 0.2,
  medium: 0.5,
  high: 0.8,
  xhigh: 0.95,
  max: 0.95,
}

const nothing: ThinkingPlan = { thinking: null, effort: null, isOn: false }

/** Turns a wish about reasoning into what this model can be told. */
export function planThinking(
  wish: ReasoningWish | null,
  facts: ThinkingFacts,
  notes: Notes,
): ThinkingPlan {
  if (wish === null) return nothing
  const { traits } = facts
  if (wish.enabled === false || wish.effort === 'none') {
    const effort = wish.effort === 'none' ? null : wish.effort
    return stopThinking(effort, traits, notes)
  }
  const isWanted =
    wish.enabled === true || wish.isAdaptive || wish.effort !== null || wish.budgetTokens !== null
  if (!isWanted) return nothing
  const withinBudget =
    traits.thinking === 'budget' || (traits.thinking === 'either' && wish.budgetTokens !== null)
  const obstacle = obstacleTo(facts, withinBudget)
  if (obstacle !== null) {
    notes.warn('reasoning', obstacle)
    const effort = traits.efforts.length === 0 ? null : wish.effort
    return traits.thinking === 'none' ? nothing : stopThinking(effort, traits, notes)
  }
  return withinBudget ? planBudget(wish, facts, notes) : planAdaptive(wish, facts, notes)
}

function obstacleTo(
  { traits, isToolForced, turns, maxTokens }: ThinkingFacts,
  withinBudget: boolean,
): string | null {
  if (traits.thinking === 'none') return 'This model cannot think before it answers.'
  if (!withinBudget) return null
  if (isToolForced)
    return 'This model cannot think when it must call a tool; thinking was left out.'
  if (maxTokens <= budgetTokensMin) {
    return `Thinking needs more than ${budgetTokensMin} tokens of output; it was left out.`
  }
  if (isLoopWithoutThinking(turns)) {
    return 'The tool calls to be continued were made without thinking of this model; thinking was left out.'
  }
  return null
}

/**
 * True when the conversation is in the middle of tool calls that began without Claude's own thinking: a
 * model with a budget refuses to think on from there.
 */
function isLoopWithoutThinking(turns: readonly Turn[]): boolean {
  const [assistant, user] = turns.slice(-2)
  if (assistant?.role !== 'assistant' || user?.role !== 'user') return false
  if (!user.parts.some(({ kind }) => kind === 'tool_result')) return false
  const [first] = assistant.parts
  return !(first?.kind === 'reasoning' && first.format === 'anthropic-claude-v1')
}

function stopThinking(
  wished: ReasoningEffort | null,
  traits: ClaudeTraits,
  notes: Notes,
): ThinkingPlan {
  if (traits.thinkingStops === 'never') {
    notes.warn('reasoning', 'This model always thinks; it was told to do so with the least effort.')
    return { thinking: null, effort: 'low', isOn: false }
  }
  const effort = effortFor(wished, traits, notes)
  const thinking = traits.thinking === 'adaptive' ? { type: 'disabled' } : null
  if (traits.thinkingStops === 'to_high' && (effort === 'xhigh' || effort === 'max')) {
    notes.warn('reasoning.effort', 'Without thinking the most effort is "high"; it was used.')
    return { thinking, effort: 'high', isOn: false }
  }
  return { thinking, effort, isOn: false }
}

function planAdaptive(wish: ReasoningWish, facts: ThinkingFacts, notes: Notes): ThinkingPlan {
  let wished = wish.effort
  if (wish.budgetTokens !== null) {
    wished = effortOfBudget(wish.budgetTokens / facts.maxTokens)
    notes.warn(
      'reasoning.max_tokens',
      `This model chooses how much it thinks; it was told the effort "${wished}" instead.`,
    )
  }
  const display = wish.isHidden ? 'omitted' : 'summarized'
  const effort = effortFor(wished, facts.traits, notes)
  return { thinking: { type: 'adaptive', display }, effort, isOn: true }
}

function planBudget(wish: ReasoningWish, { maxTokens }: ThinkingFacts, notes: Notes): ThinkingPlan {
  const effort = wish.effort ?? (wish.isAdaptive ? 'high' : 'medium')
  const share = effort === 'none' ? shares.low : shares[effort]
  const wished = wish.budgetTokens ?? Math.floor(maxTokens * share)
  const most = Math.min(budgetTokensMax, maxTokens - 1)
  const budget = Math.min(Math.max(wished, budgetTokensMin), most)
  if (wish.budgetTokens !== null && budget !== wish.budgetTokens) {
    const range = `${budgetTokensMin} to ${most}`
    notes.warn('reasoning.max_tokens', `Must be ${range} here; ${budget} was used.`)
  } else if (wish.isAdaptive) {
    const detail = `This model thinks within a budget only; it was given ${budget} tokens.`
    notes.warn('reasoning', detail)
  }
  return { thinking: { type: 'enabled', budget_tokens: budget }, effort: null, isOn: true }
}

function effortOfBudget(share: number): ClaudeEffort {
  if (share >= 0.9) return 'xhigh'
  if (share >= 0.65) return 'high'
  return share >= 0.35 ? 'medium' : 'low'
}

function effortFor(
  wished: ReasoningEffort | null,
  { efforts }: ClaudeTraits,
  notes: Notes,
): ClaudeEffort | null {
  if (wished === null || wished === 'none') return null
  const order: readonly ReasoningEffort[] = ['minimal', 'low', 'medium', 'high', 'xhigh', 'max']
  const within = efforts.filter((effort) => order.indexOf(effort) <= order.indexOf(wished))
  const used = within.at(-1) ?? efforts[0] ?? null
  if (used === null) {
    notes.warn('reasoning.effort', 'This model takes no effort; it was left out.')
  } else if (used !== wished) {
    notes.warn('reasoning.effort', `"${wished}" is not known to this model; "${used}" was used.`)
  }
  return used
}
