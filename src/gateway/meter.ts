import { assert } from '#domain/faults.ts'
import { normaliseUsage, usageLimits, type UsageLimits } from '#domain/metering.ts'
import { zeroNanoUsd, picoUsd } from '#domain/money.ts'
import { chargeOf } from '#domain/own-fee.ts'
import type { Cost } from '#domain/pricing.ts'
import { zeroUsage, type TokenUsage, type UsageSource } from '#domain/usage.ts'

import type { Answered } from './answered.ts'
import { countedPrompt, countUsage, type CountedOutput, type CountedPrompt } from './estimate.ts'
import type { House } from './house.ts'
import type { Life } from './life.ts'
import type { BoundedAttempt } from './plan-chat.ts'

/** What a request used and costs. */
export interface Metered {
  readonly usage: TokenUsage
  readonly source: UsageSource
  readonly cost: Cost
}

/** Nothing was delivered, so nothing is owed. */
export const nothingMetered: Metered = {
  usage: zeroUsage,
  source: 'none',
  cost: {
    costNanoUsd: zeroNanoUsd,
    promptPicoUsd: picoUsd(0n),
    completionPicoUsd: picoUsd(0n),
    requestPicoUsd: picoUsd(0n),
    lines: [],
  },
}

/** What an answer held, as far as its price depends on it. */
interface Product {
  readonly rawUsage: unknown
  /** Output was delivered after the usage was reported. */
  readonly hasLaterOutput: boolean
  readonly isEmpty: boolean
  readonly finishReason: string | null
  readonly isComplete: boolean
  readonly output: () => CountedOutput
}

/**
 * What was delivered, and its exact cost. The upstream's own counts are taken when they can be believed;
 * otherwise the delivered text is counted here. An answer that broke or was abandoned costs its delivered
 * part; one that brought nothing, and ended in an error or without a reason, costs nothing. Neither does one
 * that broke by a mistake of ours.
 */
export function meter(house: House, life: Life, answered: Answered): Metered | Promise<Metered> {
  const product = productOf(answered)
  if (!product || isWorthless(product) || brokeOnUs(answered)) return nothingMetered
  const { attempt } = life
  assert(attempt, 'an answer belongs to an attempt')
  const limits = limitsOf(attempt, answered)
  const reported = normaliseUsage(product.rawUsage, limits)
  const believed = 'usage' in reported ? reported.usage : undefined
  if (believed && (product.isComplete || !product.hasLaterOutput)) {
    return priced(attempt, believed, 'upstream')
  }
  if (product.rawUsage !== undefined && !believed && 'reject' in reported) {
    const { model, endpoint } = attempt
    const why = { reason: reported.reject, model: model.id, provider: endpoint.provider.slug }
    house.log.warn('upstream_usage_rejected', { id: life.id, ...why })
  }
  return countUsage(house, wordsOf(life), product.output()).then((counted) =>
    priced(attempt, withinBound(attempt, merge(believed, counted)), 'estimated'),
  )
}

/** Where an answer is written at once, its bound is exact enough to judge what the provider counted. */
function limitsOf({ model, bound }: BoundedAttempt, { kind }: Answered): UsageLimits {
  if (kind !== 'plain') return usageLimits(model, bound.choiceCount)
  return { promptTokensMax: bound.promptTokens, completionTokensMax: bound.completionTokens }
}

function wordsOf({ body, plain }: Life): CountedPrompt {
  if (plain) return { text: plain.promptText(), overheadTokens: 0 }
  assert(body, 'an answer follows a request')
  return countedPrompt(body)
}

function priced(attempt: BoundedAttempt, usage: TokenUsage, source: UsageSource): Metered {
  return { usage, source, cost: chargeOf(usage, attempt.endpoint) }
}

/** A report from the middle of the answer is right about the prompt, and about the output until then. */
function merge(reported: TokenUsage | undefined, counted: TokenUsage): TokenUsage {
  if (!reported) return counted
  return {
    ...reported,
    completionTokens: Math.max(reported.completionTokens, counted.completionTokens),
  }
}

/** Our own count is never dearer than what was set aside. */
function withinBound({ bound }: BoundedAttempt, usage: TokenUsage): TokenUsage {
  return {
    ...usage,
    promptTokens: Math.min(usage.promptTokens, bound.promptTokens),
    completionTokens: Math.min(usage.completionTokens, bound.completionTokens),
  }
}

function isWorthless({ isEmpty, isComplete, finishReason }: Product): boolean {
  return isEmpty && (!isComplete || finishReason === null || finishReason === 'error')
}

function brokeOnUs(answered: Answered): boolean {
  if (answered.kind !== 'stream' && answered.kind !== 'translated_stream') return false
  const { end } = answered
  return end.kind === 'broken' && end.failure.fault.code === 'internal'
}

function productOf(answered: Answered): Product | undefined {
  switch (answered.kind) {
    case 'answer': {
      const { answer } = answered
      return {
        rawUsage: answer.rawUsage,
        hasLaterOutput: false,
        isEmpty: answer.isEmpty,
        finishReason: answer.finishReason,
        isComplete: true,
        output: () => ({ text: answer.outputText(), scale: 1 }),
      }
    }
    case 'translated': {
      const { answer } = answered
      return {
        rawUsage: answer.rawUsage,
        hasLaterOutput: false,
        isEmpty: answer.isEmpty,
        finishReason: answer.finishReason,
        isComplete: true,
        output: () => ({ text: answer.outputText(), scale: 1 }),
      }
    }
    case 'plain':
      return {
        rawUsage: answered.answer.rawUsage,
        hasLaterOutput: false,
        isEmpty: false,
        finishReason: null,
        isComplete: true,
        output: () => ({ text: '', scale: 1 }),
      }
    case 'translated_stream': {
      const { tally, rawUsage, lengthAtUsage, isEmpty, finishReason } = answered.stream
      return {
        rawUsage,
        hasLaterOutput: tally.length > lengthAtUsage,
        isEmpty,
        finishReason,
        isComplete: answered.end.kind === 'completed',
        output: () => ({ text: tally.text(), scale: tally.scale() }),
      }
    }
    case 'stream': {
      const { reader } = answered.relay
      const { tally, rawUsage, isEmpty, finishReason } = reader
      return {
        rawUsage,
        hasLaterOutput: tally.byteLength > reader.bytesAtUsage,
        isEmpty,
        finishReason,
        isComplete: answered.end.kind === 'completed',
        output: () => ({ text: tally.text(), scale: tally.scale() }),
      }
    }
    default:
      return undefined
  }
}
