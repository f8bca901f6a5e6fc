import type { z } from 'zod'

import type { reratingAnswer } from '#contract/control/prices.ts'
import type { controlRoutes } from '#contract/routes.ts'
import type { ControlParts, Operation } from '#control/operation.ts'
import { Fault, unreachable } from '#domain/faults.ts'
import type { PriceVersionId } from '#domain/identifiers.ts'
import { rerateChargesPerPage, reratedChargesNamedMax } from '#domain/limits.ts'
import { formatDecimal, formatUsd, type NanoUsd, nanoUsd } from '#domain/money.ts'
import type { PriceVersion } from '#domain/prices.ts'
import { type ChargedUsage, type Rerated, rerateCharge } from '#domain/rerating.ts'

type Parts = Pick<ControlParts, 'generations' | 'prices'>
type Report = z.input<typeof reratingAnswer>['data']

/**
 * Computes every charge of a period again, from its logged tokens and the price version it names, and
 * compares it with what was charged. Reads page by page: memory does not grow with the period. Charges
 * that are not in the store yet, in the seconds after their request, are not seen.
 */
export function reratePrices(parts: Parts): Operation<typeof controlRoutes.reratePrices> {
  return async ({ query }) => {
    const fromMs = Date.parse(query.from)
    const toMs = Date.parse(query.to)
    if (fromMs >= toMs) {
      throw new Fault('invalid_request', {
        param: 'to',
        details: { detail: `to: "${query.to}" must be later than from ("${query.from}").` },
      })
    }
    const tally = newTally()
    await followCharges(parts, { fromMs, toMs }, tally)
    return { data: reportOf(tally, { fromMs, toMs }) }
  }
}

interface Period {
  readonly fromMs: number
  readonly toMs: number
}

interface Tally {
  same: number
  different: number
  charged: bigint
  rounded: bigint
  exact: bigint
  readonly differences: Report['differences']
  orphanCount: number
  orphanCharged: bigint
  readonly orphans: Report['orphans']['charges']
}

function newTally(): Tally {
  return {
    same: 0,
    different: 0,
    charged: 0n,
    rounded: 0n,
    exact: 0n,
    differences: [],
    orphanCount: 0,
    orphanCharged: 0n,
    orphans: [],
  }
}

async function followCharges(parts: Parts, period: Period, tally: Tally): Promise<void> {
  const findVersion = rememberVersions(parts)
  let after: ChargedUsage | null = null
  for (;;) {
    const page: readonly ChargedUsage[] = await parts.generations.charges({
      ...period,
      after,
      limit: rerateChargesPerPage,
    })
    for (const charge of page) {
      const { priceVersionId } = charge
      const version = priceVersionId === null ? undefined : await findVersion(priceVersionId)
      count(tally, charge, rerateCharge(charge, version))
    }
    after = page.at(-1) ?? null
    if (page.length < rerateChargesPerPage) return
  }
}

/** There are only as many versions as there were prices, so all of them are kept. */
function rememberVersions({ prices }: Parts) {
  const known = new Map<PriceVersionId, Promise<PriceVersion | undefined>>()
  return (id: PriceVersionId): Promise<PriceVersion | undefined> => {
    const found = known.get(id) ?? prices.find(id)
    known.set(id, found)
    return found
  }
}

function count(tally: Tally, charge: ChargedUsage, rerated: Rerated): void {
  switch (rerated.kind) {
    case 'orphan':
      tally.orphanCount += 1
      tally.orphanCharged += charge.costNanoUsd
      if (tally.orphans.length < reratedChargesNamedMax) tally.orphans.push(viewCharge(charge))
      return
    case 'no_version':
      tally.charged += charge.costNanoUsd
      return countDifference(tally, charge, null)
    case 'same':
    case 'different':
      tally.charged += charge.costNanoUsd
      tally.rounded += rerated.rounded
      tally.exact += rerated.exact
      if (rerated.kind === 'same') tally.same += 1
      else countDifference(tally, charge, rerated.rounded)
      return
    default:
      unreachable(rerated)
  }
}

function countDifference(tally: Tally, charge: ChargedUsage, rerated: NanoUsd | null): void {
  tally.different += 1
  if (tally.differences.length >= reratedChargesNamedMax) return
  tally.differences.push({
    ...viewCharge(charge),
    price_version_id: charge.priceVersionId,
    reason: rerated === null ? 'no_price_version' : 'other_amount',
    rerated: rerated === null ? null : formatUsd(rerated),
  })
}

function viewCharge({ id, createdAtMs, costNanoUsd }: ChargedUsage) {
  return {
    generation_id: id,
    created_at: new Date(createdAtMs).toISOString(),
    charged: formatUsd(costNanoUsd),
  }
}

function reportOf(tally: Tally, { fromMs, toMs }: Period): Report {
  return {
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
    charges: tally.same + tally.different,
    same: tally.same,
    charged: formatUsd(nanoUsd(tally.charged)),
    rerated: formatUsd(nanoUsd(tally.rounded)),
    rerated_exact: formatDecimal(tally.exact, 12),
    different: tally.different,
    differences: tally.differences,
    orphans: {
      count: tally.orphanCount,
      charged: formatUsd(nanoUsd(tally.orphanCharged)),
      charges: tally.orphans,
    },
  }
}
