import { isObject } from '#gateway/canonical/json.ts'
import type { JsonObject } from '#gateway/canonical/request.ts'

const kept: ReadonlySet<string> = new Set([
  ...['type', 'enum', 'const', 'title', 'description', 'default', 'format', 'required'],
  ...['$ref', 'anyOf', 'allOf', 'properties', 'items', '$defs', 'definitions'],
  'additionalProperties',
])
const keptFormats: ReadonlySet<string> = new Set([
  ...['date-time', 'time', 'date', 'duration', 'email', 'hostname', 'uri', 'ipv4', 'ipv6', 'uuid'],
])

/** A schema that Claude can be held to, and what had to be said in words instead. */
export interface StrictSchema {
  readonly schema: JsonObject
  /** Keywords that are not enforced any more; they stand in the descriptions now. */
  readonly inWords: readonly string[]
}

/**
 * Rewrites a JSON Schema into the part of it that Claude enforces: every object is closed, and keywords
 * that are not taken (bounds, lengths, patterns) are told to the model in the description. A schema that
 * needs no change is returned as it is.
 */
export function strictSchema(schema: JsonObject): StrictSchema {
  const inWords = new Set<string>()
  const written = writeSchema(schema, inWords)
  return { schema: written, inWords: [...inWords] }
}

function writeSchema(schema: JsonObject, inWords: Set<string>): JsonObject {
  const written: Record<string, unknown> = {}
  const told: string[] = []
  let isChanged = false
  for (const [key, value] of Object.entries(schema)) {
    if (!isKept(key, value)) {
      isChanged = true
      if (key === '$schema' || key === '$id' || key === '$comment') continue
      if (key === 'oneOf' && Array.isArray(value)) {
        written['anyOf'] = value.map((each) => writeAny(each, inWords))
        continue
      }
      inWords.add(key)
      told.push(`${key}: ${JSON.stringify(value)}`)
      continue
    }
    const after = writeMember(key, value, inWords)
    if (after !== value) isChanged = true
    written[key] = after
  }
  if (isObjectSchema(schema) && schema['additionalProperties'] !== false) {
    if (schema['additionalProperties'] !== undefined) inWords.add('additionalProperties')
    written['additionalProperties'] = false
    isChanged = true
  }
  if (told.length > 0) {
    const before = typeof schema['description'] === 'string' ? `${schema['description']} ` : ''
    written['description'] = `${before}(${told.join(', ')})`
  }
  return isChanged ? written : schema
}

function isKept(key: string, value: unknown): boolean {
  if (key === 'format') return typeof value === 'string' && keptFormats.has(value)
  if (key === 'minItems') return value === 0 || value === 1
  return kept.has(key)
}

function isObjectSchema({ type, properties }: JsonObject): boolean {
  return (
    type === 'object' || isObject(properties) || (Array.isArray(type) && type.includes('object'))
  )
}

function writeMember(key: string, value: unknown, inWords: Set<string>): unknown {
  switch (key) {
    case 'properties':
    case '$defs':
    case 'definitions':
      return isObject(value) ? mapMembers(value, inWords) : value
    case 'items':
      return writeAny(value, inWords)
    case 'anyOf':
    case 'allOf':
      return Array.isArray(value) ? mapList(value, inWords) : value
    default:
      return value
  }
}

function writeAny(value: unknown, inWords: Set<string>): unknown {
  return isObject(value) ? writeSchema(value, inWords) : value
}

function mapMembers(members: JsonObject, inWords: Set<string>): JsonObject {
  let isChanged = false
  const written = Object.entries(members).map(([name, value]): [string, unknown] => {
    const after = writeAny(value, inWords)
    if (after !== value) isChanged = true
    return [name, after]
  })
  return isChanged ? Object.fromEntries(written) : members
}

function mapList(list: readonly unknown[], inWords: Set<string>): readonly unknown[] {
  const written = list.map((value) => writeAny(value, inWords))
  return written.every((value, at) => value === list[at]) ? list : written
}
