import { invalid, isObject, textOf } from '#gateway/canonical/json.ts'
import {
  objectAt,
  pathOf,
  readBoolean,
  readChoice,
  readList,
  readObject,
  readText,
  type Place,
} from '#gateway/canonical/members.ts'
import type { JsonObject, OutputFormat, Tool, ToolChoice } from '#gateway/canonical/request.ts'

import { readCacheMark } from './read-parts.ts'

/** The tools of a request, the legacy `functions` included. */
export function readTools(body: Place): readonly Tool[] {
  const tools = readList(body, 'tools').map((value, index) =>
    readTool(objectAt(value, `tools[${index}]`)),
  )
  if (tools.length > 0) return tools
  return readList(body, 'functions').map((value, index) =>
    readFunction(objectAt(value, `functions[${index}]`), null),
  )
}

function readTool(place: Place): Tool {
  const { object, path } = place
  const type = readText(place, 'type')
  const described = readObject(place, 'function')
  // Mistral's own client leaves the type out: what it is can be seen.
  if (described && (type === null || type === 'function')) {
    return readFunction({ object: described, path: pathOf(place, 'function') }, object)
  }
  if (type === 'function') {
    // The flat form of the Responses API, which some agents send here too.
    if (textOf(object['name']) !== null) return readFunction(place, object)
    throw invalid(pathOf(place, 'function'), 'is missing')
  }
  if (type === 'custom') {
    const custom = readObject(place, 'custom') ?? object
    const inner: Place = { object: custom, path: pathOf(place, 'custom') }
    return {
      kind: 'custom',
      name: needName(inner),
      description: readText(inner, 'description'),
      format: readObject(inner, 'format'),
    }
  }
  if (type === null || type === '') throw invalid(pathOf(place, 'type'), 'is missing')
  return { kind: 'provider', type, definition: object, param: path }
}

function readFunction(place: Place, outer: JsonObject | null): Tool {
  return {
    kind: 'function',
    name: needName(place),
    description: readText(place, 'description'),
    parameters: readObject(place, 'parameters'),
    strict: readBoolean(place, 'strict'),
    cache: (outer ? readCacheMark(outer) : null) ?? readCacheMark(place.object),
  }
}

function needName(place: Place): string {
  const name = readText(place, 'name')
  if (name === null || name === '') throw invalid(pathOf(place, 'name'), 'is missing')
  return name
}

/** What must be called: `tool_choice`, or the legacy `function_call`. */
export function readToolChoice(body: Place): ToolChoice | null {
  const name = body.object['tool_choice'] === undefined ? 'function_call' : 'tool_choice'
  const value = body.object[name]
  if (value === undefined || value === null) return null
  if (typeof value === 'string') return modeNamed(value, name)
  if (!isObject(value)) throw invalid(name, 'expected a name or an object')
  const place: Place = { object: value, path: name }
  const type = readText(place, 'type')
  if (type === 'allowed_tools') return readAllowed(place)
  if (type === null || type === 'function' || type === 'custom' || type === 'tool') {
    const inner = readObject(place, type === 'custom' ? 'custom' : 'function')
    const named: Place = inner ? { object: inner, path: `${name}.${type}` } : place
    return { kind: 'named', name: needName(named) }
  }
  return modeNamed(type, `${name}.type`)
}

function modeNamed(mode: string, path: string): ToolChoice {
  switch (mode) {
    case 'auto':
    case 'none':
    case 'required':
      return { kind: mode }
    case 'any':
      return { kind: 'required' }
    default:
      throw invalid(
        path,
        `"${mode.slice(0, 60)}" is no choice: use "auto", "none", "required", or name a tool`,
      )
  }
}

function readAllowed(place: Place): ToolChoice {
  const inner = readObject(place, 'allowed_tools')
  const allowed: Place = inner ? { object: inner, path: pathOf(place, 'allowed_tools') } : place
  const names = readList(allowed, 'tools').map((value, index) => {
    const tool = objectAt(value, `${pathOf(allowed, 'tools')}[${index}]`)
    const described = readObject(tool, 'function') ?? readObject(tool, 'custom')
    return needName(described ? { object: described, path: tool.path } : tool)
  })
  return {
    kind: 'allowed',
    mode: readChoice(allowed, 'mode', ['auto', 'required']) ?? 'auto',
    names,
  }
}

/** The form of the answer: `response_format`. */
export function readFormat(body: Place): OutputFormat | null {
  const format = readObject(body, 'response_format')
  if (!format) return null
  const place: Place = { object: format, path: 'response_format' }
  const type = readText(place, 'type')
  switch (type) {
    case 'text':
      return { kind: 'text' }
    case 'json_object':
      return { kind: 'json' }
    case 'json_schema': {
      const described = readObject(place, 'json_schema')
      if (!described) throw invalid('response_format.json_schema', 'is missing')
      const inner: Place = { object: described, path: 'response_format.json_schema' }
      return {
        kind: 'schema',
        name: readText(inner, 'name'),
        description: readText(inner, 'description'),
        schema: readObject(inner, 'schema') ?? {},
        strict: readBoolean(inner, 'strict'),
      }
    }
    case null:
      throw invalid('response_format.type', 'is missing')
    default:
      throw invalid(
        'response_format.type',
        `"${type.slice(0, 60)}" is not known: use "text", "json_object" or "json_schema"`,
      )
  }
}
