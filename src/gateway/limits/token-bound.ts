import type { ChatPlan } from '#gateway/plan-chat.ts'

/** The most tokens, in and out, that any attempt of a plan can use; null: with its own limits of output. */
export function boundTokens(plan: ChatPlan, maxTokens: number | null): number {
  let most = 0
  for (const { bound } of plan.attempts) {
    const completion =
      maxTokens === null
        ? bound.completionTokens
        : Math.min(bound.completionTokens, bound.choiceCount * maxTokens + bound.predictionTokens)
    most = Math.max(most, bound.promptTokens + completion)
  }
  return most
}

/**
 * The largest `max_tokens` with which every attempt of a plan is bound by so many tokens, in and out. Zero
 * when there is no room for output, or none that can be limited; never more than the plan's own limits of output allow.
 */
export function fittingMaxTokens(plan: ChatPlan, tokens: number): number {
  if (plan.isUnlimitable) return 0
  const fitting = plan.attempts.map(({ bound }) => {
    const own = (bound.completionTokens - bound.predictionTokens) / bound.choiceCount
    const room = (tokens - bound.promptTokens - bound.predictionTokens) / bound.choiceCount
    return Math.floor(Math.min(own, room))
  })
  return Math.max(0, Math.min(...fitting))
}
