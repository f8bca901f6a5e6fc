import { assert } from '#domain/faults.ts'
import { type NanoUsd, nanoUsd } from '#domain/money.ts'
import type { SpendWindow } from '#domain/spend-windows.ts'
import type { UsageLimits } from '#domain/usage-limits.ts'

/** Limits as JSON: amounts are whole nano-dollars as text, because JSON numbers are not exact. */
export function limitsToJson(limits: UsageLimits | null): string | null {
  if (limits === null) return null
  return JSON.stringify(limits, (_, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  )
}

/** Reads what `limitsToJson` wrote, parsed. Anything else is our own mistake: no limit is ever guessed. */
export function limitsFromJson(json: unknown): UsageLimits | null {
  if (json === null) return null
  assert(isObject(json), 'stored limits are an object')
  const spend = json['spendNanoUsd']
  assert(isObject(spend), 'stored limits have spend limits')
  const amountOf = (window: SpendWindow) => amountIn(spend, window)
  return {
    requestsPerMinute: countIn(json, 'requestsPerMinute'),
    tokensPerMinute: countIn(json, 'tokensPerMinute'),
    concurrentRequests: countIn(json, 'concurrentRequests'),
    spendNanoUsd: {
      day: amountOf('day'),
      week: amountOf('week'),
      month: amountOf('month'),
      total: amountOf('total'),
    },
    allowedModels: textsIn(json, 'allowedModels'),
    allowedProviders: textsIn(json, 'allowedProviders'),
    allowedIpRanges: textsIn(json, 'allowedIpRanges'),
  }
}

type JsonObject = Readonly<Record<string, unknown>>

function countIn(json: JsonObject, name: keyof UsageLimits): number | null {
  const value = json[name]
  assert(
    value === null || typeof value === 'number',
    `the stored limit ${name} is a number or null`,
  )
  return value
}

function amountIn(json: JsonObject, window: SpendWindow): NanoUsd | null {
  const value = json[window]
  assert(
    value === null || typeof value === 'string',
    `the stored limit of a ${window} is an amount`,
  )
  return value === null ? null : nanoUsd(BigInt(value))
}

function textsIn(json: JsonObject, name: keyof UsageLimits): readonly string[] | null {
  const value = json[name]
  if (value === null) return null
  assert(Array.isArray(value) && value.every(isText), `the stored limit ${name} is a list of texts`)
  return value
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
