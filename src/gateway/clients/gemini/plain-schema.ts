import { isObject, listOf, textOf } from '#gateway/canonical/json.ts'
import type { JsonObject } from '#gateway/canonical/request.ts'

import { camelName } from './proto-json.ts'

/** Words that hold one schema, a list of schemas, or schemas by name. */
const single: ReadonlySet<string> = new Set(['items', 'additionalProperties'])
const several: ReadonlySet<string> = new Set(['anyOf', 'prefixItems'])
const named: ReadonlySet<string> = new Set(['properties', 'defs'])

/** Counts that proto writes as texts. */
const counts: ReadonlySet<string> = new Set([
  'minItems',
  'maxItems',
  'minLength',
  'maxLength',
  'minProperties',
  'maxProperties',
])

/** The JSON Schema that says what a schema in Google's OpenAPI subset says. */
export function plainSchema(value: unknown): unknown {
  if (!isObject(value)) return value
  const schema: Record<string, unknown> = {}
  for (const [written, content] of Object.entries(value)) {
    const word = camelName(written)
    if (word === 'nullable' || word === 'propertyOrdering') continue
    if (word === 'type') addType(schema, textOf(content), value['nullable'] === true)
    else if (word === 'example') schema['examples'] = [content]
    else if (word === 'ref') schema['$ref'] = textOf(content)?.replace('#/defs/', '#/$defs/')
    else if (word === 'format' && content === 'enum') continue
    else if (single.has(word)) schema[word] = plainSchema(content)
    else if (several.has(word)) schema[word] = listOf(content).map(plainSchema)
    else if (named.has(word)) schema[word === 'defs' ? '$defs' : word] = mapOf(content)
    else if (counts.has(word)) schema[word] = Number(content)
    else schema[word] = content
  }
  return schema
}

function addType(schema: Record<string, unknown>, type: string | null, isNullable: boolean): void {
  if (type === null || type === 'TYPE_UNSPECIFIED') return
  const name = type.toLowerCase()
  schema['type'] = isNullable && name !== 'null' ? [name, 'null'] : name
}

function mapOf(value: unknown): JsonObject {
  if (!isObject(value)) return {}
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, plainSchema(one)]))
}
