import type { z } from 'zod'

import type { priceApplicationAnswer } from '#contract/control/prices.ts'
import type { PriceApplication } from '#control/operation.ts'
import { Fault, unreachable } from '#domain/faults.ts'
import { rateChanges, type PriceDifference, type RateChange } from '#domain/price-changes.ts'

import { viewRate } from './price-version-view.ts'

type Answer = z.input<typeof priceApplicationAnswer>
type ChangeView = Answer['data'][number]

/** What changes, in the words of the wire. Throws `invalid_configuration`, which names every mistake. */
export function viewPriceApplication(result: PriceApplication): Answer {
  switch (result.kind) {
    case 'invalid':
      throw invalidConfiguration(result.problems)
    case 'valid':
      return { data: result.differences.map(viewDifference) }
    default:
      return unreachable(result)
  }
}

function invalidConfiguration(problems: readonly string[]): Fault {
  const count = problems.length === 1 ? 'is a mistake' : `are ${problems.length} mistakes`
  const lines = problems.map((problem) => `\n  ${problem}`).join('')
  return new Fault('invalid_configuration', {
    details: { detail: `Nothing was changed: there ${count} in the configuration:${lines}` },
    metadata: { problems },
  })
}

function viewDifference(difference: PriceDifference): ChangeView {
  const { kind, endpoint } = difference
  const before = kind === 'added' ? null : difference.before
  const after = kind === 'removed' ? null : difference.after
  return {
    endpoint,
    kind,
    version_before: before?.id ?? null,
    version_after: after?.id ?? null,
    rates: rateChanges(before, after).map(viewRateChange),
  }
}

function viewRateChange(change: RateChange): ChangeView['rates'][number] {
  const before = viewRate(change.item, change.beforePicoUsd)
  const after = viewRate(change.item, change.afterPicoUsd)
  return {
    rate: before.name,
    min_prompt_tokens: change.minPromptTokens,
    before: before.text,
    after: after.text,
  }
}
