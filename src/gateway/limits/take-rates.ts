import { assert, Fault } from '#domain/faults.ts'
import { affordableOutputTokensMin, rateSlotMs, rateWindowMs } from '#domain/limits.ts'
import type { House } from '#gateway/house.ts'
import type { Life } from '#gateway/life.ts'
import type { ChatPlan } from '#gateway/plan-chat.ts'
import type { KeyWithAccount } from '#ports/api-keys.ts'

import { Allowance } from './allowance.ts'
import { holderNames, isUnlimited } from './holders.ts'
import type { RateRefusal } from './limiter.ts'
import { boundTokens, fittingMaxTokens } from './token-bound.ts'

/** The key has one limit, its project and its account others: each may shorten the answer once. */
const shorteningsMax = 3

/** Refuses early, before a body is read, who cannot begin a request now whatever it says. Counts nothing. */
export function refuseFullRates({ limiter }: House, caller: KeyWithAccount): void {
  const refusal = limiter.look(caller)
  if (refusal !== undefined) throw plainFault(refusal)
}

/**
 * Counts the request against the limits of its key, project and account, all at once or not at all. Where a limit
 * of tokens leaves less than the request could use, and the client chose no limit of output, the answer
 * is shortened to what fits, and the client is told. Throws `rate_limit_exceeded`.
 */
export function takeRates({ limiter }: House, life: Life, plan: ChatPlan): void {
  const { caller } = life
  assert(caller, 'a request is counted after it is identified')
  if (isUnlimited(caller)) return
  let maxTokens: number | null = null
  for (let shortenings = 0; ; shortenings += 1) {
    const taken = limiter.take(caller, boundTokens(plan, maxTokens))
    if (taken === null || taken instanceof Allowance) {
      life.allowance = taken
      life.clampedMaxTokens = maxTokens
      return
    }
    if (taken.limit !== 'tokens_per_minute') throw plainFault(taken)
    const fitting = fittingMaxTokens(plan, taken.left)
    const mayShorten = !plan.hasOwnMaxTokens && shortenings < shorteningsMax
    if (!mayShorten || fitting < affordableOutputTokensMin) throw tokenFault(taken, plan)
    maxTokens = fitting
  }
}

function plainFault(refusal: RateRefusal): Fault {
  const { holder, limit, allowed } = refusal
  const retryAfterSeconds = secondsOf(refusal.retryAfterMs)
  const detail =
    limit === 'concurrent_requests'
      ? `${holderNames[holder]} may have ${count(allowed, 'request')} under way at once, and has. Try again when one of them has ended.`
      : `${holderNames[holder]} may begin ${count(allowed, 'request')} a minute, and has. Try again in ${retryAfterSeconds} s.`
  return new Fault('rate_limit_exceeded', {
    retryAfterSeconds,
    details: { detail },
    metadata: { limit, limit_of: holder, allowed, retry_after_seconds: retryAfterSeconds },
  })
}

function tokenFault(refusal: RateRefusal, plan: ChatPlan): Fault {
  const { holder, limit, allowed, left } = refusal
  const wanted = boundTokens(plan, null)
  const isHopeless = wanted > allowed
  const fitting = fittingMaxTokens(plan, isHopeless ? allowed : left)
  const waitMs = isHopeless ? rateWindowMs + rateSlotMs : refusal.retryAfterMs
  const retryAfterSeconds = secondsOf(waitMs)
  const lower = fitting > 0 ? `lower max_tokens to at most ${fitting}` : 'send a shorter request'
  const detail = isHopeless
    ? `This request could use ${wanted} tokens, and ${lowerFirst(holderNames[holder])} may use ${allowed} a minute: ${lower}.`
    : `This request could use ${wanted} tokens, and ${left} of the ${allowed} that ${lowerFirst(holderNames[holder])} may use a minute are left. Try again in ${retryAfterSeconds} s, or ${lower}.`
  return new Fault('rate_limit_exceeded', {
    retryAfterSeconds,
    param: isHopeless ? 'max_tokens' : null,
    details: { detail },
    metadata: {
      limit,
      limit_of: holder,
      allowed,
      left,
      bound_tokens: wanted,
      fitting_max_tokens: fitting,
      retry_after_seconds: retryAfterSeconds,
      ...(isHopeless ? { retryable: false } : {}),
    },
  })
}

/** Never zero: a client that is told to wait must wait. */
function secondsOf(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1_000))
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
