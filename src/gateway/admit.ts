import { assert, Fault } from '#domain/faults.ts'
import { affordableOutputTokensMin } from '#domain/limits.ts'
import { formatUsd, formatUsdForPeople, type NanoUsd } from '#domain/money.ts'
import { affordableMaxTokensAt } from '#domain/own-fee.ts'

import type { Admission } from './credit/credit.ts'
import type { House } from './house.ts'
import type { Life } from './life.ts'
import { budgetsOf, spendFault } from './limits/spend-limits.ts'
import { boundWithMaxTokens, ownPartOf, type ChatPlan } from './plan-chat.ts'

/** The balance, the key's limits and the account's limits may each shorten an answer once. */
const shorteningsMax = 3

/**
 * Sets the bound aside. A client that chose no limit of output gets as much as balance and spend limits
 * allow, and is told so; one that chose a limit is never given another. Where there is not enough for the
 * shared endpoints, those of the customer's own credentials are asked alone. Throws `insufficient_credits`,
 * `spend_limit_exceeded` or `service_unavailable`.
 */
export async function admit(house: House, life: Life, planned: ChatPlan): Promise<void> {
  let plan = planned
  let maxTokens = life.clampedMaxTokens
  for (let shortenings = 0; ; shortenings += 1) {
    const boundNanoUsd =
      maxTokens === null ? plan.boundNanoUsd : boundWithMaxTokens(plan, maxTokens)
    const admission = await ask(house, life, boundNanoUsd)
    if (isAnswer(admission)) {
      life.clampedMaxTokens = maxTokens
      return accept(life, admission)
    }
    const ownPart = ownPartOf(plan)
    if (ownPart !== undefined) {
      life.plan = plan = ownPart
      continue
    }
    const affordable = affordableMaxTokens(plan, admission.availableNanoUsd)
    const mayShorten = !plan.hasOwnMaxTokens && shortenings < shorteningsMax
    if (!mayShorten || affordable < affordableOutputTokensMin) {
      throw refusalOf(plan, admission, affordable)
    }
    maxTokens = Math.min(affordable, maxTokens ?? affordable)
  }
}

function refusalOf(
  plan: ChatPlan,
  admission: Exclude<Admission, { kind: AnswerKind }>,
  affordable: number,
): Fault {
  const { availableNanoUsd } = admission
  if (admission.kind === 'insufficient') return insufficient({ plan, availableNanoUsd, affordable })
  return spendFault({ ...admission, boundNanoUsd: plan.boundNanoUsd, affordable })
}

function ask(house: House, life: Life, boundNanoUsd: NanoUsd): Admission | Promise<Admission> {
  const { caller, plan, body } = life
  assert(caller && plan, 'a request is admitted after it is identified and planned')
  const [{ model, endpoint }] = plan.attempts
  const budgets = budgetsOf(caller, life.id)
  return house.credit.admit({
    chargeId: life.id,
    accountId: caller.account.id,
    keyId: caller.key.id,
    requestedModel: plan.requestedModel,
    resolvedModel: model.id,
    streamed: body?.request.stream === true,
    boundNanoUsd,
    priceVersionId: endpoint.price.id,
    ...(budgets === undefined ? {} : { budgets }),
  })
}

type AnswerKind = 'held' | 'unavailable'

/** The other kinds say how much there is: of credit, or of what a spend limit leaves. */
function isAnswer(admission: Admission): admission is Extract<Admission, { kind: AnswerKind }> {
  return admission.kind === 'held' || admission.kind === 'unavailable'
}

function accept(life: Life, admission: Extract<Admission, { kind: AnswerKind }>): Promise<void> {
  if (admission.kind === 'unavailable') {
    throw new Fault('service_unavailable', { retryAfterSeconds: admission.retryAfterSeconds })
  }
  life.hold = admission.hold
  return admission.hold.written
}

function affordableMaxTokens(plan: ChatPlan, availableNanoUsd: NanoUsd): number {
  if (plan.isUnlimitable) return 0
  return Math.min(
    ...plan.attempts.map(({ bound, endpoint }) =>
      affordableMaxTokensAt({ availableNanoUsd, bound, endpoint }),
    ),
  )
}

function insufficient(answer: {
  plan: ChatPlan
  availableNanoUsd: NanoUsd
  affordable: number
}): Fault {
  const { plan, availableNanoUsd, affordable } = answer
  const advice =
    affordable > 0
      ? `Lower max_tokens to at most ${affordable}, or add credit.`
      : 'Add credit, or send a shorter request.'
  return new Fault('insufficient_credits', {
    details: {
      bound: formatUsdForPeople(plan.boundNanoUsd),
      available: formatUsdForPeople(availableNanoUsd),
      advice,
    },
    metadata: {
      bound_usd: formatUsd(plan.boundNanoUsd),
      available_usd: formatUsd(availableNanoUsd),
      affordable_max_tokens: affordable,
    },
  })
}
