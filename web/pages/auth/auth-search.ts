const names = [
  'callback_url',
  'code_challenge',
  'code_challenge_method',
  'key_label',
  'limit',
  'limit_reset',
  'expires_at',
] as const

/** What an app writes in the address of the page of consent, as text that nobody has checked. */
export type AuthSearch = { readonly [Name in (typeof names)[number]]?: string }

/** No parameter is longer; what is longer is cut, and then refused where its form matters. */
const lengthMax = 4_000

/** Reads the address. Values that look like numbers are text all the same. */
export function readAuthSearch(search: Readonly<Record<string, unknown>>): AuthSearch {
  const found: { [Name in (typeof names)[number]]?: string } = {}
  for (const name of names) {
    const value = search[name]
    const isGiven = ['string', 'number', 'boolean'].includes(typeof value) && value !== ''
    if (isGiven) found[name] = String(value).slice(0, lengthMax)
  }
  return found
}
