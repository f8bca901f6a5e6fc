import { errorCountOfSpike, errorPercentOfSpike, errorRiseOfSpike } from './account-limits.ts'
import type { SpendOwner } from './budgets.ts'
import type { NanoUsd } from './money.ts'
import { nanoUsd } from './money.ts'
import { roleReaches, type MemberRole } from './people.ts'
import {
  spanOf,
  spendWindows,
  type SpendLimits,
  type SpendWindow,
  type UtcDay,
  type WindowAmounts,
} from './spend-windows.ts'

/** The parts of a spend limit, in per cent, that a person can be told of. */
export const budgetPercents = [50, 80, 100] as const

/** One of them. */
export type BudgetPercent = (typeof budgetPercents)[number]

/** What one person wants to be told about one account. */
export interface NotificationSettings {
  /** Below this much credit; null: never. */
  readonly lowBalanceNanoUsd: NanoUsd | null
  /** At these parts of a spend limit of the account, a project or a key; none: never. */
  readonly budgetPercents: readonly BudgetPercent[]
  readonly errorSpikes: boolean
  /** Also by mail; false: only in the list. */
  readonly byMail: boolean
}

/** What a person is told before they chose: money to those who pay, errors to those who build. */
export function usualSettings(role: MemberRole): NotificationSettings {
  const pays = roleReaches(role, 'billing')
  return {
    lowBalanceNanoUsd: pays ? nanoUsd(5_000_000_000n) : null,
    budgetPercents: pays ? budgetPercents : [],
    errorSpikes: roleReaches(role, 'developer'),
    byMail: true,
  }
}

/** Whose spend limit it is, with the name that people know it by. */
export interface BudgetOwner {
  readonly id: SpendOwner
  readonly name: string
}

/** What a notification tells. Amounts and counts are those of the moment at which it was first true. */
export type NotificationFacts =
  | {
      readonly kind: 'low_balance'
      readonly leftNanoUsd: NanoUsd
      readonly thresholdNanoUsd: NanoUsd
    }
  | {
      readonly kind: 'budget'
      readonly owner: BudgetOwner
      readonly window: SpendWindow
      readonly percent: BudgetPercent
      readonly spentNanoUsd: NanoUsd
      readonly limitNanoUsd: NanoUsd
    }
  | { readonly kind: 'error_spike'; readonly requestCount: number; readonly errorCount: number }

/** Something that is so now. As long as it stays so it has the same name, and is told once. */
export interface Condition {
  readonly effectKey: string
  readonly facts: NotificationFacts
}

/** How many requests came, and how many of them ended with an error. */
export interface ErrorCounts {
  readonly requestCount: number
  readonly errorCount: number
}

/** How an account stands, as far as anybody could want to be told. */
export interface AccountStanding {
  readonly day: UtcDay
  /** What can still be spent, requests under way included. */
  readonly leftNanoUsd: NanoUsd
  /** False for an account that was never granted any credit: it is not low, it has not begun. */
  readonly hasCredit: boolean
  readonly budgets: readonly {
    readonly owner: BudgetOwner
    readonly limits: SpendLimits
    readonly spent: WindowAmounts
  }[]
  /** This hour and the one before. */
  readonly lately: ErrorCounts
  /** The day before those. */
  readonly before: ErrorCounts
}

/** Everything that is so now and that these settings ask to be told of. */
export function conditionsOf(
  standing: AccountStanding,
  settings: NotificationSettings,
): readonly Condition[] {
  return [
    ...lowBalance(standing, settings.lowBalanceNanoUsd),
    ...budgetConditions(standing, settings.budgetPercents),
    ...(settings.errorSpikes && isSpike(standing) ? [spikeOf(standing)] : []),
  ]
}

function lowBalance(
  { leftNanoUsd, hasCredit }: AccountStanding,
  thresholdNanoUsd: NanoUsd | null,
): readonly Condition[] {
  if (thresholdNanoUsd === null || !hasCredit || leftNanoUsd >= thresholdNanoUsd) return []
  return [
    { effectKey: 'low_balance', facts: { kind: 'low_balance', leftNanoUsd, thresholdNanoUsd } },
  ]
}

/** Of the parts that were reached of one limit, only the largest is told: not three at once. */
function budgetConditions(
  { budgets, day }: AccountStanding,
  percents: readonly BudgetPercent[],
): readonly Condition[] {
  return budgets.flatMap(({ owner, limits, spent }) =>
    spendWindows.flatMap((window) => {
      const limitNanoUsd = limits[window]
      if (limitNanoUsd === null) return []
      const spentNanoUsd = spent[window]
      const percent = percents
        .filter((one) => spentNanoUsd * 100n >= limitNanoUsd * BigInt(one) && spentNanoUsd > 0n)
        .toSorted((left, right) => left - right)
        .at(-1)
      if (percent === undefined) return []
      const start = spanOf(window, day).from ?? 'ever'
      const facts = { kind: 'budget', owner, window, percent, spentNanoUsd, limitNanoUsd } as const
      return [{ effectKey: `budget ${owner.id} ${window} ${start} ${percent}`, facts }]
    }),
  )
}

/** Many errors, a large part of all requests, and far more than usual. */
function isSpike({ lately, before }: AccountStanding): boolean {
  // Products of whole numbers instead of quotients, so that nothing is rounded at the border.
  const rose =
    lately.errorCount * before.requestCount >=
    before.errorCount * errorRiseOfSpike * lately.requestCount
  return (
    lately.errorCount >= errorCountOfSpike &&
    lately.errorCount * 100 >= lately.requestCount * errorPercentOfSpike &&
    rose
  )
}

function spikeOf({ lately }: AccountStanding): Condition {
  return { effectKey: 'error_spike', facts: { kind: 'error_spike', ...lately } }
}
