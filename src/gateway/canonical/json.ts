import { Fault } from '#domain/faults.ts'

import type { JsonObject } from './request.ts'

/** True for what JSON calls an object. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The text, or null for anything else. An empty text is a text. */
export function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

/** The number, or null for anything else. */
export function numberOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

/** The truth value, or null for anything else. */
export function booleanOf(value: unknown): boolean | null {
  return typeof value === 'boolean' ? value : null
}

/** The list, or an empty one for anything else. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** The object, or an empty one for anything else. */
export function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {}
}

/** The parsed text, or undefined when it is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The refusal of one member of a request: where it stands, and what is wrong with it and to be done. */
export function invalid(param: string, detail: string): Fault {
  return new Fault('invalid_request', { param, details: { detail: `${param}: ${detail}` } })
}
