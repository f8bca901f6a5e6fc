import type { ChipTone } from '#web/elements/chip.tsx'

import type { Key } from './key-calls.ts'

/** Whether a key opens anything at this moment, in a word. */
export function keyStanding(
  { revoked_at, expires_at }: Pick<Key, 'revoked_at' | 'expires_at'>,
  nowMs: number,
): { readonly words: string; readonly tone: ChipTone } {
  if (revoked_at !== null) return { words: 'revoked', tone: 'negative' }
  if (expires_at === null) return { words: 'works', tone: 'positive' }
  return Date.parse(expires_at) <= nowMs
    ? { words: 'expired', tone: 'caution' }
    : { words: 'works', tone: 'positive' }
}
