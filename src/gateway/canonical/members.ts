import { invalid, isObject } from './json.ts'
import type { JsonObject } from './request.ts'

/** A member of an object in a request, and where the object stands (`''`: at the top). */
export interface Place {
  readonly object: JsonObject
  readonly path: string
}

/** The path of a member, as OpenAI writes it. */
export function pathOf({ path }: Place, name: string): string {
  return path === '' ? name : `${path}.${name}`
}

/** The text, or null when there is none. Throws `invalid_request` for anything else. */
export function readText(place: Place, name: string): string | null {
  const value = place.object[name]
  if (value === undefined || value === null) return null
  if (typeof value !== 'string') throw invalid(pathOf(place, name), 'expected text')
  return value
}

/** The number, or null when there is none. Throws `invalid_request` for anything else. */
export function readNumber(place: Place, name: string): number | null {
  const value = place.object[name]
  if (value === undefined || value === null) return null
  if (typeof value !== 'number') throw invalid(pathOf(place, name), 'expected a number')
  return value
}

/** The whole number of at least one, or null when there is none. Throws `invalid_request` otherwise. */
export function readCount(place: Place, name: string): number | null {
  const value = readNumber(place, name)
  if (value !== null && (!Number.isSafeInteger(value) || value < 1)) {
    throw invalid(pathOf(place, name), 'expected a whole number of at least 1')
  }
  return value
}

/** The truth value, or null when there is none. Throws `invalid_request` for anything else. */
export function readBoolean(place: Place, name: string): boolean | null {
  const value = place.object[name]
  if (value === undefined || value === null) return null
  if (typeof value !== 'boolean') throw invalid(pathOf(place, name), 'expected true or false')
  return value
}

/** The object, or null when there is none. Throws `invalid_request` for anything else. */
export function readObject(place: Place, name: string): JsonObject | null {
  const value = place.object[name]
  if (value === undefined || value === null) return null
  if (!isObject(value)) throw invalid(pathOf(place, name), 'expected an object')
  return value
}

/** The list, empty when there is none. Throws `invalid_request` for anything else. */
export function readList(place: Place, name: string): readonly unknown[] {
  const value = place.object[name]
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw invalid(pathOf(place, name), 'expected a list')
  return value
}

/** One of the names, or null when there is none. Throws `invalid_request` for anything else. */
export function readChoice<Name extends string>(
  place: Place,
  name: string,
  names: readonly Name[],
): Name | null {
  const value = place.object[name]
  if (value === undefined || value === null) return null
  const found = names.find((known) => known === value)
  if (found === undefined) {
    throw invalid(
      pathOf(place, name),
      `expected one of ${names.map((known) => `"${known}"`).join(', ')}`,
    )
  }
  return found
}

/** The object at this place of a list. Throws `invalid_request` for anything else. */
export function objectAt(value: unknown, path: string): Place {
  if (!isObject(value)) throw invalid(path, 'expected an object')
  return { object: value, path }
}
