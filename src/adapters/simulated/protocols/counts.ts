import type { Answer } from '#adapters/simulated/answer.ts'
import { objectOrEmpty } from '#adapters/simulated/json-values.ts'

/** The counts of an answer, whatever a request made of them: what is no number is 0. */
export interface Counts {
  readonly prompt: number
  readonly cached: number
  readonly completion: number
  readonly reasoning: number
}

/** The counts; null where none are sent. */
export function countsOf({ usage }: Answer): Counts | null {
  if (usage === null) return null
  return {
    prompt: numberOrZero(usage['prompt_tokens']),
    cached: numberOrZero(objectOrEmpty(usage['prompt_tokens_details'])['cached_tokens']),
    completion: numberOrZero(usage['completion_tokens']),
    reasoning: numberOrZero(objectOrEmpty(usage['completion_tokens_details'])['reasoning_tokens']),
  }
}

function numberOrZero(value: unknown): number {
  return typeof value === 'number' ? value : 0
}
