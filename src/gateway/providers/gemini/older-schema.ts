import { isObject, listOf, textOf } from '#gateway/canonical/json.ts'
import type { JsonObject } from '#gateway/canonical/request.ts'

import { jsonSchemaFor } from './schema.ts'

/** A reference that leads into itself is followed this far; deeper it is any object. */
const referenceDepthMax = 6

/** What older Gemini models read without being told in another way. */
const copied: readonly string[] = [
  'description',
  'minItems',
  'maxItems',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'pattern',
  'propertyOrdering',
]

/**
 * The same schema in the OpenAPI subset of models before 2.5: types in capitals, no references, no lists
 * of types, enums of texts only. Undefined for an object without properties, which they refuse.
 */
export function olderSchemaFor(schema: JsonObject): JsonObject | undefined {
  const plain = jsonSchemaFor(schema)
  const properties = plain['properties']
  if (
    plain['type'] === 'object' &&
    (!isObject(properties) || Object.keys(properties).length === 0)
  ) {
    return undefined
  }
  return write(plain, { definitions: isObject(plain['$defs']) ? plain['$defs'] : {}, depth: 0 })
}

interface Place {
  readonly definitions: JsonObject
  readonly depth: number
}

function write(schema: JsonObject, place: Place): JsonObject {
  const reference = textOf(schema['$ref'])
  if (reference !== null) return follow(reference, place)
  const { types, isNullable } = typesOf(schema)
  const result: Record<string, unknown> = {}
  for (const word of copied) if (schema[word] !== undefined) result[word] = schema[word]
  if (isNullable) result['nullable'] = true
  const choices = listOf(schema['anyOf']).filter(isObject)
  const solid = choices.filter((choice) => choice['type'] !== 'null')
  if (solid.length < choices.length) result['nullable'] = true
  const [only, ...others] = solid
  if (only !== undefined && others.length === 0) return { ...write(only, place), ...result }
  if (solid.length > 0) result['anyOf'] = solid.map((choice) => write(choice, place))
  else if (types.length > 1) {
    result['anyOf'] = types.map((type) => write({ ...schema, type, anyOf: undefined }, place))
    return result
  } else result['type'] = (types[0] ?? 'string').toUpperCase()
  addContents(result, schema, place)
  return result
}

function addContents(result: Record<string, unknown>, schema: JsonObject, place: Place): void {
  const values = listOf(schema['enum'])
  if (values.length > 0 && values.every((value) => typeof value === 'string')) {
    result['enum'] = values
  } else if (values.length > 0) {
    const told = `one of ${JSON.stringify(values)}`
    const description = textOf(schema['description'])
    result['description'] = description === null ? told : `${description} (${told})`
  }
  if (result['type'] === 'ARRAY') {
    result['items'] = isObject(schema['items']) ? write(schema['items'], place) : { type: 'STRING' }
  }
  const { properties } = schema
  if (!isObject(properties)) return
  result['properties'] = Object.fromEntries(
    Object.entries(properties).map(([name, one]) => [
      name,
      isObject(one) ? write(one, place) : { type: 'STRING' },
    ]),
  )
  const required = listOf(schema['required']).filter(
    (name) => typeof name === 'string' && properties[name] !== undefined,
  )
  if (required.length > 0) result['required'] = required
}

function follow(reference: string, { definitions, depth }: Place): JsonObject {
  const target = definitions[reference.replace(/^#\/\$defs\//, '')]
  if (!isObject(target) || depth >= referenceDepthMax) return { type: 'OBJECT' }
  return write(target, { definitions, depth: depth + 1 })
}

function typesOf(schema: JsonObject): { types: readonly string[]; isNullable: boolean } {
  const { type } = schema
  const all = (Array.isArray(type) ? type : [type]).filter((one) => typeof one === 'string')
  const types = all.filter((one) => one !== 'null')
  if (types.length === 0 && isObject(schema['properties'])) types.push('object')
  return { types, isNullable: types.length < all.length || schema['nullable'] === true }
}
