import type { Colours } from '#app/terminal/colours.ts'
import { formatUsdForPeople, parseUsd } from '#domain/money.ts'

/** `2026-11-22 09:15:27` in UTC: sorts as text, and reads the same everywhere. */
export function showMoment(iso: string): string {
  return iso.slice(0, 19).replace('T', ' ')
}

/** Exact decimal text of US dollars, for people: as many digits as matter. */
export function showUsd(text: string): string {
  const amount = parseUsd(text)
  return amount === undefined ? text : formatUsdForPeople(amount)
}

/** A status or an outcome in the colour of its meaning. */
export function paintStatus(colours: Colours, status: string, text: string): string {
  switch (status) {
    case 'active':
    case 'completed':
      return colours.green(text)
    case 'suspended':
    case 'upstream_failed':
    case 'revoked':
      return colours.red(text)
    case 'client_gone':
    case 'refused':
    case 'expired':
      return colours.yellow(text)
    default:
      return text
  }
}
