import { formatUsd, type NanoUsd, nanoUsd, parseUsd } from '#domain/money.ts'
import type { CallOutput } from '#web/client/call.ts'

type Rows = CallOutput<'GET /api/accounts/{account_id}/usage'>['data']

/** What one group used in the whole period, and in each step of it. */
export interface UsageGroup {
  readonly id: string
  readonly label: string
  readonly cost: NanoUsd
  readonly requests: number
  readonly promptTokens: number
  readonly completionTokens: number
  readonly cachedTokens: number
  /** By the start of the step, in milliseconds. */
  readonly steps: ReadonlyMap<number, UsageStep>
}

/** What one group used in one step. */
export interface UsageStep {
  readonly cost: NanoUsd
  readonly requests: number
  readonly tokens: number
}

/** The rows by group, the dearest first; a group without a name is called `unnamed`. Sums are exact. */
export function groupsOf(rows: Rows, unnamed: string): readonly UsageGroup[] {
  const byGroup = Map.groupBy(rows, ({ group }) => group)
  const groups = [...byGroup].map(([id, own]) => ({
    id,
    label: own[0]?.label || unnamed,
    cost: nanoUsd(own.reduce((sum, { cost }) => sum + (parseUsd(cost) ?? 0n), 0n)),
    requests: sum(own, ({ requests }) => requests),
    promptTokens: sum(own, ({ prompt_tokens }) => prompt_tokens),
    completionTokens: sum(own, ({ completion_tokens }) => completion_tokens),
    cachedTokens: sum(own, ({ cached_tokens }) => cached_tokens),
    steps: new Map(
      own.map(({ start, cost, requests, prompt_tokens, completion_tokens }) => [
        Date.parse(start),
        {
          cost: parseUsd(cost) ?? nanoUsd(0n),
          requests,
          tokens: prompt_tokens + completion_tokens,
        },
      ]),
    ),
  }))
  return groups.toSorted((left, right) =>
    left.cost === right.cost ? right.requests - left.requests : left.cost < right.cost ? 1 : -1,
  )
}

function sum<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((total, item) => total + of(item), 0)
}

/**
 * The height of a bar. An amount becomes the nearest float: a bar on a screen is the only thing that is ever
 * made of it.
 */
export function heightOf(
  step: UsageStep | undefined,
  show: 'cost' | 'requests' | 'tokens',
): number {
  if (!step) return 0
  switch (show) {
    case 'cost':
      return Number.parseFloat(formatUsd(step.cost))
    case 'requests':
      return step.requests
    case 'tokens':
      return step.tokens
    default:
      return show satisfies never
  }
}
