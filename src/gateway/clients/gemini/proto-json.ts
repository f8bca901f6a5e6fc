import { invalid, isObject } from '#gateway/canonical/json.ts'
import type { JsonObject } from '#gateway/canonical/request.ts'

const snakeNames = new Map<string, string>()

/** A member by its name in lower camel case; Google's servers take snake case as well. */
export function member(object: JsonObject, name: string): unknown {
  const value = object[name]
  if (value !== undefined) return value ?? undefined
  let snake = snakeNames.get(name)
  if (snake === undefined) {
    snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    snakeNames.set(name, snake)
  }
  return object[snake] ?? undefined
}

/** The member's name in lower camel case, whichever way it was written. */
export function camelName(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

/** The object, or undefined when it is not there; anything else is refused. */
export function objectAt(value: unknown, param: string): JsonObject | undefined {
  if (value === undefined || value === null) return undefined
  if (!isObject(value)) throw invalid(param, 'it must be an object')
  return value
}

/** The list, or an empty one when it is not there. One object alone counts as a list of it. */
export function listAt(value: unknown, param: string): readonly unknown[] {
  if (value === undefined || value === null) return []
  if (isObject(value)) return [value]
  if (!Array.isArray(value)) throw invalid(param, 'it must be a list')
  return value
}

/** The text, or null when it is not there; anything else is refused. */
export function textAt(value: unknown, param: string): string | null {
  if (value === undefined || value === null) return null
  if (typeof value !== 'string') throw invalid(param, 'it must be a text')
  return value
}

/** The number, or null when it is not there; anything else is refused. */
export function numberAt(value: unknown, param: string): number | null {
  if (value === undefined || value === null) return null
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw invalid(param, 'it must be a number')
  }
  return value
}

/** A whole number from `min` up, or null when it is not there; anything else is refused. */
export function countAt(value: unknown, param: string, min: number): number | null {
  const number = numberAt(value, param)
  if (number !== null && (!Number.isSafeInteger(number) || number < min)) {
    throw invalid(param, `it must be a whole number from ${min} up`)
  }
  return number
}
