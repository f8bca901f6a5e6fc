import { isOnThisMachine, readAppCallback } from '#contract/app-callback.ts'

import type { AuthSearch } from './auth-search.ts'

/** How often a limit starts anew; `never`: it is for the whole life of the key. */
export type LimitReset = 'daily' | 'weekly' | 'monthly' | 'never'

const resets: readonly string[] = ['daily', 'weekly', 'monthly']

/** What an app asks of a person. */
export interface AuthRequest {
  /** Where the app waits; null: nowhere, the person is shown the code. */
  readonly callback: URL | null
  /** What to call it: its host, which was checked, unlike the name that it gives itself. */
  readonly host: string | null
  readonly isOnThisMachine: boolean
  readonly challenge: string
  readonly challengeMethod: 'S256' | 'plain'
  /** What the app calls itself. */
  readonly label: string | null
  readonly limit: { readonly amount: string; readonly reset: LimitReset }
  readonly expiresAt: string | null
}

/** One thing that is wrong with an address, for whoever makes the app. */
export interface AuthProblem {
  readonly param: keyof AuthSearch
  readonly words: string
}

/** Either what is asked, or everything that is wrong with how it is asked: then nobody is sent anywhere. */
export type ReadAuth =
  | { readonly kind: 'request'; readonly request: AuthRequest }
  | { readonly kind: 'wrong'; readonly problems: readonly AuthProblem[] }

/** What a key may spend when the app suggests nothing: little enough to be no worry. */
const usualLimit = { amount: '10', reset: 'monthly' } as const
const labelLengthMax = 100

/** Checks what an app asks, by the rules of the server. */
export function readAuth(search: AuthSearch, nowMs: number): ReadAuth {
  const problems = problemsOf(search, nowMs)
  const callback = search.callback_url === undefined ? null : readAppCallback(search.callback_url)
  if (callback?.kind === 'refuse') {
    problems.unshift({ param: 'callback_url', words: callback.problem })
  }
  if (problems.length > 0 || callback?.kind === 'refuse') return { kind: 'wrong', problems }
  const { limit, limit_reset: reset = 'never' } = search
  return {
    kind: 'request',
    request: {
      callback: callback?.url ?? null,
      host: callback?.url.host ?? null,
      isOnThisMachine: callback !== null && isOnThisMachine(callback.url),
      challenge: search.code_challenge ?? '',
      challengeMethod: search.code_challenge_method === 'plain' ? 'plain' : 'S256',
      label: search.key_label ?? null,
      limit: limit === undefined ? usualLimit : { amount: limit, reset: reset as LimitReset },
      expiresAt: search.expires_at ?? null,
    },
  }
}

function problemsOf(search: AuthSearch, nowMs: number): AuthProblem[] {
  const { code_challenge: challenge = '', code_challenge_method: method = 'S256' } = search
  const { key_label: label = '', limit, limit_reset: reset, expires_at: end } = search
  const endMs = end === undefined ? Infinity : Date.parse(end)
  const checks: readonly (readonly [boolean, keyof AuthSearch, string])[] = [
    [
      !/^[A-Za-z0-9._~-]{43,128}$/.test(challenge),
      'code_challenge',
      'must be 43 to 128 letters, digits and -._~: what the app made of its verifier (PKCE)',
    ],
    [!['S256', 'plain'].includes(method), 'code_challenge_method', 'must be S256 or plain'],
    [
      label.length > labelLengthMax || /\p{C}/u.test(label),
      'key_label',
      `must be at most ${labelLengthMax} characters that can be seen`,
    ],
    [
      limit !== undefined && !/^\d{1,12}(\.\d{1,9})?$/.test(limit),
      'limit',
      'must be US dollars as a plain number, such as 10 or 2.50',
    ],
    [
      reset !== undefined && !resets.includes(reset),
      'limit_reset',
      'must be daily, weekly or monthly',
    ],
    [
      !(endMs > nowMs),
      'expires_at',
      'must be a moment that is still to come, such as 2031-01-31T00:00:00Z',
    ],
  ]
  return checks.flatMap(([isWrong, param, words]) => (isWrong ? [{ param, words }] : []))
}

/** Where a browser goes when the person refuses: back to the app, which is told so and nothing else. */
export function refusedAddress(callback: URL): string {
  const address = new URL(callback)
  address.searchParams.set('error', 'access_denied')
  return address.href
}
