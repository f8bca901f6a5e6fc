import type { z } from 'zod'

import type { requestDetailShape } from '#contract/control/requests.ts'
import type { controlRoutes } from '#contract/routes.ts'
import { viewGeneration } from '#control/generations/generation-view.ts'
import type { ControlParts, Operation } from '#control/operation.ts'
import { viewRate } from '#control/prices/price-version-view.ts'
import { Fault } from '#domain/faults.ts'
import type { GenerationRecord } from '#domain/generation.ts'
import { formatDecimal, formatUsd } from '#domain/money.ts'
import { chargedFee } from '#domain/own-fee.ts'
import { costOf } from '#domain/pricing.ts'

import { findRequest } from './find-request.ts'

type Breakdown = z.input<typeof requestDetailShape>['cost_breakdown']

/** Shows one request of an account, with the arithmetic of its cost. */
export function showRequest(
  parts: Pick<ControlParts, 'generations' | 'findPending' | 'prices' | 'apiKeys'>,
): Operation<typeof controlRoutes.showRequest> {
  return async ({ params }) => {
    const record = await findRequest(parts, params)
    if (record === undefined) throw new Fault('generation_not_found')
    const key = await parts.apiKeys.find(record.keyId)
    return {
      data: {
        ...viewGeneration(record),
        key_name: key?.accountId === record.accountId ? key.name : null,
        cost_breakdown: await breakDown(record, parts),
      },
    }
  }
}

const picoDecimals = 12

/** Computed from the counts as the charge was; told only where it comes to what was charged. */
async function breakDown(
  record: GenerationRecord,
  { prices }: Pick<ControlParts, 'prices'>,
): Promise<Breakdown> {
  const { priceVersionId, usageSource, costNanoUsd, own } = record
  if (priceVersionId === null || usageSource === 'none') return null
  const version = await prices.find(priceVersionId)
  if (version === undefined) return null
  const listed = costOf(record.usage, version.sheet)
  const cost = own === undefined ? listed : chargedFee(listed, own.feePartsPerMillion)
  if (cost.costNanoUsd !== costNanoUsd) return null
  const exact = cost.lines.reduce((sum, line) => sum + line.amountPicoUsd, 0n)
  return {
    price_version_id: priceVersionId,
    lines: cost.lines.map(({ item, quantity, ratePicoUsd, amountPicoUsd }) => ({
      item: viewRate(item, null).name,
      quantity,
      rate: formatDecimal(ratePicoUsd, picoDecimals),
      amount: formatDecimal(amountPicoUsd, picoDecimals),
    })),
    exact: formatDecimal(exact, picoDecimals),
    charged: formatUsd(costNanoUsd),
  }
}
