import { isObject, listOf, textOf } from '#gateway/canonical/json.ts'
import type { JsonObject } from '#gateway/canonical/request.ts'

/** Words that Gemini reads in a JSON Schema. */
const known: ReadonlySet<string> = new Set([
  'type',
  'description',
  'enum',
  'format',
  'default',
  'nullable',
  'items',
  'prefixItems',
  'minItems',
  'maxItems',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'pattern',
  'properties',
  'required',
  'additionalProperties',
  'propertyOrdering',
  'anyOf',
  '$ref',
  '$defs',
  '$anchor',
])

/** Words that constrain nothing: about the document, not about the value. */
const annotations: ReadonlySet<string> = new Set([
  '$schema',
  '$id',
  '$comment',
  '$vocabulary',
  'title',
  'examples',
  'example',
  'deprecated',
  'readOnly',
  'writeOnly',
  'discriminator',
  'strict',
])

/**
 * The same schema in the words that Gemini reads: `const` is an enum of one, `oneOf` and `allOf` are
 * written as their nearest kin, and every constraint that it has no word for is told to the model in the
 * description. Names of properties are never touched.
 */
export function jsonSchemaFor(schema: JsonObject): JsonObject {
  const merged = mergeAllOf(schema)
  const result: Record<string, unknown> = {}
  const hints: Record<string, unknown> = {}
  for (const [word, value] of Object.entries(merged)) {
    if (annotations.has(word)) continue
    if (word === 'const') result['enum'] = [value]
    else if (word === 'oneOf') result['anyOf'] = listOf(value).map(subschema)
    else if (word === 'definitions')
      result['$defs'] = { ...mapOf(value), ...mapOf(merged['$defs']) }
    else if (word === 'format' && merged['type'] === 'string') hints[word] = value
    else if (known.has(word)) result[word] = rewritten(word, value)
    else hints[word] = value
  }
  if (result['enum'] !== undefined && result['type'] === undefined) {
    const type = typeOfAll(listOf(result['enum']))
    if (type !== undefined) result['type'] = type
  }
  const description = describe(merged, hints)
  if (description !== undefined) result['description'] = description
  return result
}

function rewritten(word: string, value: unknown): unknown {
  switch (word) {
    case 'properties':
    case '$defs':
      return mapOf(value)
    case 'items':
    case 'additionalProperties':
      return subschema(value)
    case 'anyOf':
    case 'prefixItems':
      return listOf(value).map(subschema)
    case '$ref':
      return typeof value === 'string' ? value.replace(/^#\/definitions\//, '#/$defs/') : value
    default:
      return value
  }
}

function subschema(value: unknown): unknown {
  return isObject(value) ? jsonSchemaFor(value) : value
}

function mapOf(value: unknown): JsonObject {
  if (!isObject(value)) return {}
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, subschema(one)]))
}

/** Members of `allOf` are laid over the schema: properties and required names add up. */
function mergeAllOf(schema: JsonObject): JsonObject {
  const parts = listOf(schema['allOf']).filter(isObject)
  if (parts.length === 0) return schema
  const { allOf: _, ...rest } = schema
  let merged: Record<string, unknown> = { ...rest }
  for (const part of parts.map(mergeAllOf)) {
    const properties = { ...objectIn(merged, 'properties'), ...objectIn(part, 'properties') }
    const required = [...listOf(merged['required']), ...listOf(part['required'])]
    merged = { ...part, ...merged }
    if (Object.keys(properties).length > 0) merged['properties'] = properties
    if (required.length > 0) merged['required'] = [...new Set(required)]
  }
  return merged
}

function objectIn(schema: JsonObject, word: string): JsonObject {
  const value = schema[word]
  return isObject(value) ? value : {}
}

function typeOfAll(values: readonly unknown[]): string | undefined {
  const types = new Set(values.map((value) => typeof value))
  const [type] = types
  if (types.size !== 1) return undefined
  return type === 'string' || type === 'number' || type === 'boolean' ? type : undefined
}

function describe(schema: JsonObject, hints: JsonObject): string | undefined {
  const text = textOf(schema['description']) ?? textOf(schema['title']) ?? undefined
  const entries = Object.entries(hints)
  if (entries.length === 0) return text
  const told = entries.map(([word, value]) => `${word}: ${JSON.stringify(value)}`).join(', ')
  return text === undefined ? `(${told})` : `${text} (${told})`
}
