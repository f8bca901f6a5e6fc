import type { Route } from '#contract/route.ts'
import { controlRoutes } from '#contract/routes.ts'
import { Fault } from '#domain/faults.ts'

import { hashKey } from './keys/hash-key.ts'

/**
 * The version of what an answer shows, as an ETag: the same as long as nothing that a caller could change
 * has changed. Members that move by themselves (`passing`) are no part of it.
 */
export async function versionOf(route: Route, answer: object): Promise<string> {
  const passing = route.passing ?? []
  const text = JSON.stringify(answer, (name, value: unknown) =>
    passing.includes(name) ? undefined : value,
  )
  const hash = await hashKey(text)
  const hex = [...hash.slice(0, 12)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return `"${hex}"`
}

/** The route that shows what this one changes: the one that looks at the same address. */
export function shownBy(route: Route): Route | undefined {
  return Object.values<Route>(controlRoutes).find(
    ({ method, path }) => method === 'GET' && path === route.path,
  )
}

/** Throws `precondition_failed` unless the header names this version, or any (`*`). */
export function requireVersion(header: string, version: string | undefined): void {
  const named = header.split(',').map((one) => one.trim().replace(/^W\//, ''))
  if (version !== undefined && (named.includes('*') || named.includes(version))) return
  throw new Fault('precondition_failed')
}
