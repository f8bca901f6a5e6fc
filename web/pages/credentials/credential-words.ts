import type { ChipTone } from '#web/elements/chip.tsx'

import type { Credential } from './credential-calls.ts'

/** When a key is used, in the words of the choice and of the list. */
export const uses: readonly {
  readonly value: Credential['use']
  readonly label: string
  readonly words: string
}[] = [
  {
    value: 'first',
    label: 'First',
    words: 'Tried before the shared keys; they go on where it fails.',
  },
  {
    value: 'only',
    label: 'Only',
    words: 'Models that it serves never go by a shared key: where it fails, the request fails.',
  },
  {
    value: 'last',
    label: 'Last',
    words: 'Tried after the shared keys have failed.',
  },
]

/** What is known of whether it works, in a word. */
export function credentialStanding({
  enabled,
  is_served: isServed,
  last_test: test,
}: Pick<Credential, 'enabled' | 'is_served' | 'last_test'>): {
  readonly words: string
  readonly tone: ChipTone
} {
  if (!enabled) return { words: 'off', tone: 'neutral' }
  if (!isServed) return { words: 'not served', tone: 'caution' }
  return test === null ? { words: 'not tested', tone: 'neutral' } : outcomes[test.outcome]
}

type Outcome = NonNullable<Credential['last_test']>['outcome']

const outcomes: Readonly<Record<Outcome, { readonly words: string; readonly tone: ChipTone }>> = {
  works: { words: 'works', tone: 'positive' },
  limited: { words: 'limited', tone: 'caution' },
  refused: { words: 'refused', tone: 'negative' },
  unreachable: { words: 'unreachable', tone: 'negative' },
  failed: { words: 'failed', tone: 'negative' },
}

/** How to recognise the secret. */
export function secretWords({
  secret_kind: kind,
  last_four: lastFour,
}: Pick<Credential, 'secret_kind' | 'last_four'>): string {
  if (lastFour !== '') return `…${lastFour}`
  if (kind === 'none') return 'no key'
  return kind === 'google_service_account' ? 'service account' : 'sealed'
}

/** What a request with it costs here, as a sentence. */
export function feeWords(feePercent: string): string {
  return feePercent === '0'
    ? 'Requests that go by them cost nothing here.'
    : `Requests that go by them cost ${feePercent} % of the list price here.`
}
