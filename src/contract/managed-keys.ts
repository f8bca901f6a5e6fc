import { z } from 'zod'

import type { ApiKey } from '#domain/accounts.ts'
import { nameLengthMax } from '#domain/limits.ts'
import { largerNanoUsd, usdNumberForWire, zeroNanoUsd } from '#domain/money.ts'
import { type SpendWindow, tightestWindow, type WindowAmounts } from '#domain/spend-windows.ts'

import { moment } from './control/shapes.ts'

const usd = z.number()
const limitReset = z.enum(['daily', 'weekly', 'monthly'])

/** How often a limit starts anew, in OpenRouter's words. */
type LimitReset = z.output<typeof limitReset>

/** A key in OpenRouter's shape, as management keys see it: never the secret. */
export const managedKeyShape = z
  .strictObject({
    hash: z.string().describe('SHA-256 of the secret, in hex: the id of the key in paths.'),
    name: z.string(),
    label: z.string().describe('How to recognise the secret: its first and last characters.'),
    disabled: z.boolean().describe('True once it was deleted: for good.'),
    limit: usd.nullable().describe('The spend limit that leaves the least, in US dollars.'),
    limit_remaining: usd.nullable(),
    limit_reset: limitReset.nullable().describe('When that limit starts anew; null: never.'),
    include_byok_in_limit: z.literal(false),
    usage: usd,
    usage_daily: usd,
    usage_weekly: usd,
    usage_monthly: usd,
    byok_usage: z.literal(0),
    byok_usage_daily: z.literal(0),
    byok_usage_weekly: z.literal(0),
    byok_usage_monthly: z.literal(0),
    created_at: moment,
    updated_at: moment.nullable(),
    expires_at: moment.nullable(),
    creator_user_id: z.string().nullable(),
  })
  .meta({ id: 'ManagedKey' })

/** Answer with one managed key. */
export const managedKeyAnswerShape = z.strictObject({ data: managedKeyShape })

/** Answer with a new managed key. */
export const newManagedKeyAnswerShape = z.strictObject({
  data: managedKeyShape,
  key: z.string().describe('The secret. It is shown here, once, and never stored.'),
})

/** Answer with the keys of an account, newest first, a hundred at a time. */
export const managedKeyListShape = z.strictObject({ data: z.array(managedKeyShape) })

/** Answer to a deletion. */
export const deletedShape = z.strictObject({ deleted: z.literal(true) })

const keyName = z
  .string()
  .trim()
  .min(1)
  .max(nameLengthMax)
  .refine((text) => !/\p{Cc}/u.test(text), 'must not hold control characters')
const limit = z
  .number()
  .min(0)
  .max(1_000_000)
  .nullable()
  .describe('US dollars, at most nine decimals; null: none.')

/** Body of a new managed key. What else OpenRouter's clients send is left alone. */
export const newManagedKeyBody = z.looseObject({
  name: keyName,
  limit: limit.optional(),
  limit_reset: limitReset.nullable().optional(),
  expires_at: moment.nullable().optional(),
})

/** Body of a change of a managed key. */
export const managedKeyChangeBody = z.looseObject({
  name: keyName.optional(),
  limit: limit.optional(),
  limit_reset: limitReset.nullable().optional(),
  expires_at: moment.nullable().optional(),
  disabled: z.boolean().optional(),
})

/** A change of a managed key. */
export type ManagedKeyChange = z.output<typeof managedKeyChangeBody>

const resetNames: Readonly<Record<SpendWindow, LimitReset | null>> = {
  day: 'daily',
  week: 'weekly',
  month: 'monthly',
  total: null,
}

/** The window that a limit counts in. */
export function windowOf(reset: LimitReset | null): SpendWindow {
  if (reset === null) return 'total'
  return ({ daily: 'day', weekly: 'week', monthly: 'month' } as const)[reset]
}

/** A key in OpenRouter's shape. */
export function managedKeyView(
  key: ApiKey,
  { hash, spent }: { readonly hash: string; readonly spent: WindowAmounts },
): z.input<typeof managedKeyShape> {
  const tightest = key.limits && tightestWindow(key.limits.spendNanoUsd, spent)
  return {
    hash,
    name: key.name,
    label: `${key.prefix}...${key.lastFour}`,
    disabled: key.revokedAt !== null,
    limit: tightest ? usdNumberForWire(tightest.limitNanoUsd) : null,
    limit_remaining: tightest
      ? usdNumberForWire(largerNanoUsd(tightest.leftNanoUsd, zeroNanoUsd))
      : null,
    limit_reset: tightest ? resetNames[tightest.window] : null,
    include_byok_in_limit: false,
    usage: usdNumberForWire(spent.total),
    usage_daily: usdNumberForWire(spent.day),
    usage_weekly: usdNumberForWire(spent.week),
    usage_monthly: usdNumberForWire(spent.month),
    ...{ byok_usage: 0, byok_usage_daily: 0, byok_usage_weekly: 0, byok_usage_monthly: 0 },
    created_at: key.createdAt.toISOString(),
    updated_at: null,
    expires_at: key.expiresAt?.toISOString() ?? null,
    creator_user_id: key.createdBy,
  }
}
