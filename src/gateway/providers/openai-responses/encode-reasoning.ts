import { textOf } from '#gateway/canonical/json.ts'
import type { EncodingTarget } from '#gateway/canonical/provider-protocol.ts'
import type {
  JsonObject,
  ModelRequest,
  ReasoningEffort,
  ReasoningWish,
  Warning,
} from '#gateway/canonical/request.ts'

const efforts: readonly ReasoningEffort[] = [
  'none',
  'minimal',
  'low',
  'medium',
  'high',
  'xhigh',
  'max',
]

/** The efforts that a generation of OpenAI's models takes; null: whatever is asked. */
function effortsOf(model: string): readonly ReasoningEffort[] | null {
  const name = model.slice(model.lastIndexOf('/') + 1)
  if (/^o\d/.test(name)) return ['low', 'medium', 'high']
  if (/^gpt-5(?:-|$)/.test(name)) return ['minimal', 'low', 'medium', 'high']
  if (/^gpt-5\.1(?:-|$)/.test(name)) return ['none', 'low', 'medium', 'high']
  if (/^gpt-5\.[2-5](?:-|$)/.test(name)) return ['none', 'low', 'medium', 'high', 'xhigh']
  return null
}

/** OpenAI's models from before reasoning: they refuse every wish about it. */
export function neverReasons(model: string): boolean {
  const name = model.slice(model.lastIndexOf('/') + 1)
  return /^(?:gpt-3\.5|gpt-4|chatgpt-4|ft:gpt-[34])/.test(name)
}

/** True of OpenAI's reasoning models, which take no temperature while they reason. */
export function alwaysReasons(model: string): boolean {
  const name = model.slice(model.lastIndexOf('/') + 1)
  return /^(?:o\d|gpt-5)/.test(name)
}

/** The member `reasoning`, or null where nothing is to be said, and what was said otherwise than asked. */
export function encodeReasoning(
  request: ModelRequest,
  target: EncodingTarget,
): { readonly reasoning: JsonObject | null; readonly warnings: readonly Warning[] } {
  const { reasoning: wish } = request
  if (wish === null) return { reasoning: null, warnings: [] }
  const { upstreamModel: model } = target
  const wished = wishedEffort(wish, request, target)
  if (neverReasons(model)) {
    const isOff = wished === null || wished === 'none'
    const detail = 'This model does not reason; the wish was left out.'
    return { reasoning: null, warnings: isOff ? [] : [{ param: 'reasoning', detail }] }
  }
  const { effort, warnings } = takenEffort(wished, model)
  const summary = wish.summary ?? (isToBeShown(wish) && effort !== 'none' ? 'auto' : null)
  const reasoning = { ...(effort === null ? {} : { effort }), ...(summary ? { summary } : {}) }
  return { reasoning: textOf(effort) || summary ? reasoning : null, warnings }
}

/** Who asks for thinking in another protocol's terms expects to see it. */
function isToBeShown(wish: ReasoningWish): boolean {
  if (wish.isHidden) return false
  return wish.enabled === true || wish.budgetTokens !== null || wish.isAdaptive
}

function wishedEffort(
  wish: ReasoningWish,
  request: ModelRequest,
  target: EncodingTarget,
): ReasoningEffort | null {
  if (wish.enabled === false) return 'none'
  if (wish.effort !== null) return wish.effort
  if (wish.budgetTokens === null) return null
  if (wish.budgetTokens <= 0) return 'none'
  const most = request.maxOutputTokens ?? target.maxOutputTokens
  const share = wish.budgetTokens / Math.max(1, most)
  if (share >= 0.9) return 'xhigh'
  if (share >= 0.65) return 'high'
  return share >= 0.35 ? 'medium' : 'low'
}

/** The wished effort, or the nearest one that the model takes. */
function takenEffort(
  wished: ReasoningEffort | null,
  model: string,
): { readonly effort: ReasoningEffort | null; readonly warnings: readonly Warning[] } {
  const taken = effortsOf(model)
  if (wished === null || taken === null || taken.includes(wished)) {
    return { effort: wished, warnings: [] }
  }
  const place = efforts.indexOf(wished)
  const distance = (effort: ReasoningEffort) => Math.abs(efforts.indexOf(effort) - place)
  const effort = taken.reduce((best, next) => (distance(next) < distance(best) ? next : best))
  const detail = `This model does not take the effort "${wished}"; it was asked for "${effort}".`
  return { effort, warnings: [{ param: 'reasoning.effort', detail }] }
}
