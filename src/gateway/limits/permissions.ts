import type { Model } from '#domain/catalogue.ts'
import { Fault } from '#domain/faults.ts'
import { type IpRange, isInRanges, readIpRange } from '#domain/ip-ranges.ts'
import type { OwnOption } from '#domain/routing.ts'
import { allowsModel, type LimitName } from '#domain/usage-limits.ts'
import type { KeyWithAccount } from '#ports/api-keys.ts'

import { type HeldLimits, type LimitHolder, limitsOf } from './holders.ts'

const rangesOf = new WeakMap<readonly string[], readonly IpRange[]>()

/**
 * Why a caller may not come from this address, which is none of those allowed, or is unknown while some
 * are. The ranges are not told: whoever holds a stolen key should not learn from where it works.
 */
export function refusalOfAddress(
  caller: KeyWithAccount,
  clientIp: string | null,
): Fault | undefined {
  for (const { holder, limits } of limitsOf(caller)) {
    const { allowedIpRanges } = limits
    if (allowedIpRanges === null) continue
    if (clientIp !== null && isInRanges(clientIp, compile(allowedIpRanges))) continue
    const from = clientIp === null ? 'an unknown address' : clientIp
    return denied({ holder, limit: 'allowed_ip_ranges', what: `be used from ${from}` })
  }
  return undefined
}

/** Refuses a model that the key or its account may not use. */
export function refuseForbiddenModel(model: Model, held: readonly HeldLimits[]): void {
  for (const { holder, limits } of held) {
    const allowed = limits.allowedModels
    if (allowed === null || allowsModel(allowed, model.id)) continue
    const what = `use the model "${model.id}", only ${listed(allowed)}`
    throw denied({ holder, limit: 'allowed_models', what, param: 'model', allowed })
  }
}

/** True when all limits allow the model. */
export function mayUseModel(model: Model, held: readonly HeldLimits[]): boolean {
  return held.every(
    ({ limits: { allowedModels } }) =>
      allowedModels === null || allowsModel(allowedModels, model.id),
  )
}

/**
 * The models with those of their endpoints whose provider all limits allow, without models that have none
 * left, and no way of the customer's own. Refuses when no model is left.
 */
export function withAllowedProviders(
  models: readonly Model[],
  held: readonly HeldLimits[],
  own: ((model: Model) => readonly OwnOption[]) | undefined,
): readonly Model[] {
  let left = models
  for (const { holder, limits } of held) {
    const allowed = limits.allowedProviders
    if (allowed === null) continue
    const providers = left.flatMap(({ endpoints }) => endpoints.map((one) => one.provider.slug))
    left = left.flatMap((model) => {
      const endpoints = model.endpoints.filter(({ provider }) => allowed.includes(provider.slug))
      const hasWay = endpoints.length > 0 || (own?.(model).length ?? 0) > 0
      return hasWay ? [{ ...model, endpoints }] : []
    })
    if (left.length > 0) continue
    const what =
      `use ${listed([...new Set(providers)])}, who would answer for "${models[0]?.id}", ` +
      `only ${listed(allowed)}`
    throw denied({ holder, limit: 'allowed_providers', what, param: 'model', allowed })
  }
  return left
}

function compile(ranges: readonly string[]): readonly IpRange[] {
  const known = rangesOf.get(ranges)
  if (known !== undefined) return known
  const compiled = ranges.flatMap((text) => {
    const reading = readIpRange(text)
    return reading.kind === 'range' ? [reading.range] : []
  })
  rangesOf.set(ranges, compiled)
  return compiled
}

const subjects: Readonly<Record<LimitHolder, string>> = {
  key: 'it',
  project: 'its project',
  account: 'its account',
}

function denied(refusal: {
  holder: LimitHolder
  limit: LimitName
  what: string
  param?: string
  allowed?: readonly string[]
}): Fault {
  const { holder, limit, what, param = null, allowed } = refusal
  const detail = `${subjects[holder]} may not ${what}`
  return new Fault('permission_denied', {
    param,
    details: { detail },
    metadata: { limit, limit_of: holder, ...(allowed === undefined ? {} : { allowed }) },
  })
}

const namesListedMax = 10

function listed(names: readonly string[]): string {
  const shown = names.slice(0, namesListedMax).map((name) => `"${name}"`)
  const rest = names.length - shown.length
  return shown.join(', ') + (rest > 0 ? ` and ${rest} more` : '')
}
