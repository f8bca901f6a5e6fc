import { isObject } from '#gateway/canonical/json.ts'
import type { JsonObject } from '#gateway/canonical/request.ts'

/** A schema of an object, as every tool must have one. */
export function objectSchema(parameters: JsonObject | null): JsonObject {
  if (parameters === null) return { type: 'object', properties: {} }
  if (parameters['type'] === 'object') return parameters
  const { type: _, ...rest } = parameters
  return { type: 'object', ...rest, ...(isObject(rest['properties']) ? {} : { properties: {} }) }
}
