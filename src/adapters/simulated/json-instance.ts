import type { JsonObject } from './json-values.ts'
import { isObject, listOrEmpty, objectOrEmpty } from './json-values.ts'

/**
 * A small instance of a JSON Schema, always the same for the same schema: required members only, first
 * alternatives, least numbers and lengths. Undefined where the schema cannot be met within its limits
 * (a required recursion without an end, more than `valuesMax` values).
 */
export function instanceOf(schema: unknown): unknown {
  return make(schema, { root: schema, path: [], depth: 0, made: { count: 0 } })
}

/** The most values one instance may hold. */
const valuesMax = 5000
/** How often one definition may stand inside itself. */
const recursionMax = 2
const depthMax = 200

interface Place {
  readonly root: unknown
  /** The references that are being followed, outermost first. */
  readonly path: readonly string[]
  readonly depth: number
  readonly made: { count: number }
}

function make(schema: unknown, outer: Place): unknown {
  const place = { ...outer, depth: outer.depth + 1 }
  place.made.count += 1
  if (place.made.count > valuesMax || place.depth > depthMax || schema === false) return undefined
  if (!isObject(schema)) return textFor({})
  const { $ref: reference } = schema
  if (typeof reference === 'string') return follow(reference, place)
  if (schema['const'] !== undefined) return schema['const']
  const choices = schema['enum']
  if (Array.isArray(choices)) return choices[0] as unknown
  if (Array.isArray(schema['allOf'])) return make(merged(schema, place), place)
  for (const name of ['anyOf', 'oneOf']) {
    if (Array.isArray(schema[name])) return firstOf(schema, name, place)
  }
  return byType(schema, place)
}

function byType(schema: JsonObject, place: Place): unknown {
  switch (typeOf(schema)) {
    case 'object':
      return objectFor(schema, place)
    case 'array':
      return listFor(schema, place)
    case 'integer':
      return numberFor(schema, 1)
    case 'number':
      return numberFor(schema, 0)
    case 'boolean':
      return true
    case 'null':
      return null
    default:
      return textFor(schema)
  }
}

function typeOf(schema: JsonObject): unknown {
  const { type } = schema
  if (Array.isArray(type)) return type.find((name) => name !== 'null') ?? 'null'
  if (type !== undefined) return type
  if (schema['properties'] !== undefined || schema['required'] !== undefined) return 'object'
  if (schema['items'] !== undefined || schema['prefixItems'] !== undefined) return 'array'
  if (schema['minimum'] !== undefined || schema['maximum'] !== undefined) return 'number'
  return 'string'
}

function follow(reference: string, place: Place): unknown {
  if (place.path.filter((step) => step === reference).length >= recursionMax) return undefined
  const target = resolve(reference, place.root)
  if (target === undefined) return undefined
  return make(target, { ...place, path: [...place.path, reference] })
}

function resolve(reference: string, root: unknown): unknown {
  if (!reference.startsWith('#')) return undefined
  let value = root
  for (const step of reference.slice(1).split('/').slice(1)) {
    const name = decoded(step).replaceAll('~1', '/').replaceAll('~0', '~')
    if (!isObject(value) && !Array.isArray(value)) return undefined
    value = (value as JsonObject)[name]
  }
  return value
}

function decoded(step: string): string {
  try {
    return decodeURIComponent(step)
  } catch {
    // Not encoded at all: the name stands there as it is.
    return step
  }
}

function firstOf(schema: JsonObject, name: string, place: Place): unknown {
  const { [name]: alternatives, ...rest } = schema
  for (const alternative of listOrEmpty(alternatives)) {
    const whole = isObject(alternative) ? { ...rest, ...alternative } : alternative
    const value = make(whole, place)
    if (value !== undefined) return value
  }
  return undefined
}

function merged(schema: JsonObject, place: Place): JsonObject {
  const { allOf, ...rest } = schema
  let whole: JsonObject = rest
  for (const part of listOrEmpty(allOf)) {
    const { $ref: reference } = objectOrEmpty(part)
    const target = objectOrEmpty(
      typeof reference === 'string' ? resolve(reference, place.root) : part,
    )
    whole = {
      ...whole,
      ...target,
      properties: { ...objectOrEmpty(whole['properties']), ...objectOrEmpty(target['properties']) },
      required: [...listOrEmpty(whole['required']), ...listOrEmpty(target['required'])],
    }
  }
  return whole
}

function objectFor(schema: JsonObject, place: Place): unknown {
  const properties = objectOrEmpty(schema['properties'])
  const entries: [string, unknown][] = []
  for (const name of new Set(listOrEmpty(schema['required']))) {
    if (typeof name !== 'string') continue
    const value = make(properties[name] ?? schema['additionalProperties'] ?? {}, place)
    if (value === undefined) return undefined
    entries.push([name, value])
  }
  return Object.fromEntries(entries)
}

function listFor(schema: JsonObject, place: Place): unknown {
  const first = listOrEmpty(schema['prefixItems'])
  const least = Math.max(countOf(schema['minItems']) ?? 0, first.length)
  const list: unknown[] = []
  for (let at = 0; at < least; at += 1) {
    const value = make(first[at] ?? schema['items'] ?? {}, place)
    if (value === undefined) return undefined
    list.push(schema['uniqueItems'] === true ? distinct(value, at) : value)
  }
  return list
}

/** The same value again would not be unique: texts and numbers count on. */
function distinct(value: unknown, place: number): unknown {
  if (place === 0) return value
  if (typeof value === 'number') return value + place
  return typeof value === 'string' ? `${value} ${place + 1}` : value
}

function numberFor(schema: JsonObject, defaultStep: number): number {
  const step = finite(schema['multipleOf']) ?? defaultStep
  const least = finite(schema['minimum'])
  const above = finite(schema['exclusiveMinimum'])
  const most = finite(schema['maximum']) ?? finite(schema['exclusiveMaximum'])
  let value = Math.max(least ?? -Infinity, above ?? -Infinity)
  if (value === -Infinity) value = most === undefined || most > 0 ? 0 : most
  if (step > 0) value = Math.ceil(value / step) * step
  if (above !== undefined && value <= above) value += step > 0 ? step : 1
  const below = finite(schema['exclusiveMaximum'])
  if (below !== undefined && value >= below) value = step > 0 ? value - step : below - 1
  if (above !== undefined && value <= above && below !== undefined) value = (above + below) / 2
  return value === 0 ? 0 : value
}

const formats: Readonly<Record<string, string>> = {
  'date-time': '2026-01-01T00:00:00Z',
  date: '2026-01-01',
  time: '00:00:00Z',
  duration: 'P1D',
  email: 'simulated@example.com',
  hostname: 'example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  uri: 'https://example.com/simulated',
  uuid: '00000000-0000-4000-8000-000000000000',
}

/** Short ones only: no pattern, however written, takes long on ten characters. */
const candidates = ['simulated', 'SIMULATED', 'a', 'A', '1', '12345', 'a1', 'AB-12', '2026-01-01']

function textFor(schema: JsonObject): string {
  const { format, pattern } = schema
  const text = formats[String(format)] ?? matching(pattern)
  const least = countOf(schema['minLength']) ?? 0
  const most = countOf(schema['maxLength']) ?? Infinity
  const long = text.length < least ? text.padEnd(Math.min(least, textLengthMax), text || 'x') : text
  return long.length > most ? long.slice(0, most) : long
}

/** The longest text that is made to meet a least length. */
const textLengthMax = 10_000

/** A pattern is met where one of a few ordinary texts meets it; none is made to measure. */
function matching(pattern: unknown): string {
  const [usual = ''] = candidates
  if (typeof pattern !== 'string' || pattern.length > 200) return usual
  try {
    const expression = new RegExp(pattern, 'u')
    return candidates.find((candidate) => expression.test(candidate)) ?? usual
  } catch {
    // Not a pattern that this engine knows: any text will do.
    return usual
  }
}

function finite(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

function countOf(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && Number(value) >= 0 ? Number(value) : undefined
}
