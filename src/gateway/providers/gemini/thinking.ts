import type {
  JsonObject,
  ReasoningEffort,
  ReasoningWish,
  Warning,
} from '#gateway/canonical/request.ts'

import type { ThinkingControl } from './model-traits.ts'

type Budget = Extract<ThinkingControl, { kind: 'budget' }>
type Level = Extract<ThinkingControl, { kind: 'level' }>

/**
 * `thinkingConfig` for a wish, or null where nothing has to be said. What the model cannot do becomes a
 * warning that names what was asked of it instead.
 */
export function thinkingConfigFor(
  wish: ReasoningWish | null,
  control: ThinkingControl,
  warnings: Warning[],
): JsonObject | null {
  if (wish === null) return null
  const isOff = wish.enabled === false || wish.effort === 'none' || wish.budgetTokens === 0
  switch (control.kind) {
    case 'none':
      if (!isOff) warnings.push(warn('this model does not think on request; it answers as it does'))
      return null
    case 'budget': {
      const thinkingBudget = isOff
        ? leastBudget(control, warnings)
        : budgetOf(wish, control, warnings)
      return configOf(wish, thinkingBudget === null ? {} : { thinkingBudget }, thinkingBudget === 0)
    }
    case 'level': {
      const thinkingLevel = isOff ? leastLevel(control, warnings) : levelOf(wish, control, warnings)
      return configOf(wish, thinkingLevel === null ? {} : { thinkingLevel }, isOff)
    }
    default:
      return control satisfies never
  }
}

function configOf(wish: ReasoningWish, amount: JsonObject, isOff: boolean): JsonObject {
  return wish.isHidden || isOff ? amount : { ...amount, includeThoughts: true }
}

function leastBudget(control: Budget, warnings: Warning[]): number {
  if (control.mayBeOff) return 0
  const least = control.tokensMin
  warnings.push(
    warn(`this model cannot stop thinking; it was asked for the least, ${least} tokens`),
  )
  return least
}

/** Google's own table for the efforts of its OpenAI-compatible interface. */
const effortTokens: Readonly<Record<Exclude<ReasoningEffort, 'none'>, number>> = {
  minimal: 1_024,
  low: 1_024,
  medium: 8_192,
  high: 24_576,
  xhigh: Number.MAX_SAFE_INTEGER,
  max: Number.MAX_SAFE_INTEGER,
}

/** -1 lets the model decide; null says nothing, which means the same. */
function budgetOf(wish: ReasoningWish, control: Budget, warnings: Warning[]): number | null {
  if (wish.budgetTokens !== null) {
    const tokens = Math.min(Math.max(wish.budgetTokens, control.tokensMin), control.tokensMax)
    if (tokens !== wish.budgetTokens) {
      warnings.push(
        warn(
          `this model takes ${control.tokensMin} to ${control.tokensMax} tokens; ${tokens} were set`,
        ),
      )
    }
    return tokens
  }
  if (wish.effort !== null && wish.effort !== 'none') {
    return Math.min(effortTokens[wish.effort], control.tokensMax)
  }
  return wish.isAdaptive ? -1 : null
}

function leastLevel(control: Level, warnings: Warning[]): string {
  warnings.push(
    warn(`this model cannot stop thinking; it was asked for the level "${control.lowest}"`),
  )
  return control.lowest
}

function levelOf(wish: ReasoningWish, control: Level, warnings: Warning[]): string | null {
  if (wish.effort !== null) return levelFor(wish.effort, control)
  if (wish.budgetTokens === null) return null
  const level = levelFor(effortFor(wish.budgetTokens), control)
  warnings.push(
    warn(`this model takes a level, not a number of tokens; it was asked for "${level}"`),
  )
  return level
}

function effortFor(budgetTokens: number): ReasoningEffort {
  if (budgetTokens <= effortTokens.low) return 'low'
  return budgetTokens <= effortTokens.medium ? 'medium' : 'high'
}

function levelFor(effort: ReasoningEffort, control: Level): string {
  switch (effort) {
    case 'none':
    case 'minimal':
      return control.lowest
    case 'low':
      return 'low'
    case 'medium':
      return control.hasMedium ? 'medium' : 'high'
    case 'high':
    case 'xhigh':
    case 'max':
      return 'high'
    default:
      return effort satisfies never
  }
}

function warn(detail: string): Warning {
  return { param: 'reasoning', detail }
}
