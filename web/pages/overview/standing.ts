import { parseUsd, zeroNanoUsd } from '#domain/money.ts'
import type { CallOutput } from '#web/client/call.ts'
import type { MyAccount } from '#web/client/me.ts'
import type { ChipTone } from '#web/elements/chip.tsx'

type Overview = CallOutput<'GET /api/accounts/{account_id}/overview'>['data']

/** The balance is low when it lasts no longer than this. */
const lowDays = 3

/** Whether anything is wrong with the account, in two words. */
export function standingOf(
  { balance, burn_rate }: Pick<Overview, 'balance' | 'burn_rate'>,
  status: MyAccount['status'],
): { readonly words: string; readonly tone: ChipTone } {
  if (status === 'suspended') return { words: 'suspended', tone: 'negative' }
  if (status === 'closing' || status === 'closed') return { words: status, tone: 'negative' }
  if ((parseUsd(balance.available) ?? zeroNanoUsd) <= 0n) {
    return { words: 'used up', tone: 'negative' }
  }
  return burn_rate.days_left !== null && burn_rate.days_left <= lowDays
    ? { words: 'running low', tone: 'caution' }
    : { words: 'all well', tone: 'positive' }
}
