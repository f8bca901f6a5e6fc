import { type BudgetId, budgetIdOf, readBudgetId } from '#domain/budgets.ts'
import { Fault } from '#domain/faults.ts'
import { dayOfGeneration, type GenerationId } from '#domain/identifiers.ts'
import { formatUsd, formatUsdForPeople, type NanoUsd } from '#domain/money.ts'
import {
  hasSpendLimit,
  resetOf,
  type SpendWindow,
  type UtcDay,
  type WindowStanding,
} from '#domain/spend-windows.ts'
import type { KeyWithAccount } from '#ports/api-keys.ts'

import { holderNames, holderOf, isUnlimited, limitsOf } from './holders.ts'

/**
 * The budgets that a request counts against: those of the day in its id, on which it began. Undefined where
 * nothing limits the spending.
 */
export function budgetsOf(
  caller: KeyWithAccount,
  id: GenerationId,
): readonly BudgetId[] | undefined {
  if (isUnlimited(caller)) return undefined
  const owners = limitsOf(caller).filter(({ limits }) => hasSpendLimit(limits.spendNanoUsd))
  if (owners.length === 0) return undefined
  const day = dayOfGeneration(id) as UtcDay
  return owners.map(({ id: ownerId }) => budgetIdOf({ ownerId, day }))
}

/** Why a spend limit refuses a request. */
export interface SpendRefusal {
  readonly budgetId: BudgetId
  readonly availableNanoUsd: NanoUsd
  readonly standing: WindowStanding | null
  readonly boundNanoUsd: NanoUsd
  /** The `max_tokens` that would fit; zero when none would. */
  readonly affordable: number
}

/** Says which limit it is, what is used of it, and when it starts anew. */
export function spendFault(refusal: SpendRefusal): Fault {
  const { budgetId, availableNanoUsd, standing, boundNanoUsd, affordable } = refusal
  const { ownerId, day } = readBudgetId(budgetId)
  const holder = holderOf(ownerId)
  const reset = standing === null ? null : resetOf(standing.window, day)
  const sentences = [
    `${holderNames[holder]}'s spend limit${standing === null ? '' : limitText(standing)} leaves ${formatUsdForPeople(availableNanoUsd)}, and this request could cost ${formatUsdForPeople(boundNanoUsd)}.`,
    ...(reset === null ? [] : [`It starts anew at ${textOf(reset)}.`]),
    affordable > 0
      ? `Lower max_tokens to at most ${affordable}, or raise the limit.`
      : 'Raise the limit, or send a shorter request.',
  ]
  return new Fault('spend_limit_exceeded', {
    details: { detail: sentences.join(' ') },
    metadata: {
      limit: standing === null ? 'spend' : `spend.${standing.window}`,
      limit_of: holder,
      ...(standing === null
        ? {}
        : {
            limit_usd: formatUsd(standing.limitNanoUsd),
            used_usd: formatUsd(standing.takenNanoUsd),
          }),
      available_usd: formatUsd(availableNanoUsd),
      bound_usd: formatUsd(boundNanoUsd),
      affordable_max_tokens: affordable,
      resets_at: reset === null ? null : textOf(reset),
    },
  })
}

const perWindow: Readonly<Record<SpendWindow, string>> = {
  day: 'a day',
  week: 'a week',
  month: 'a month',
  total: 'in all',
}

function limitText({ limitNanoUsd, window }: WindowStanding): string {
  return ` of ${formatUsdForPeople(limitNanoUsd)} ${perWindow[window]}`
}

function textOf(moment: Date): string {
  return moment.toISOString().replace('.000Z', 'Z')
}
