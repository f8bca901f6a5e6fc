import { callIdFor, type CallIdRule } from '#gateway/canonical/call-ids.ts'
import { isObject, parseJson } from '#gateway/canonical/json.ts'
import type { JsonObject, ModelRequest, Tool, ToolCallPart } from '#gateway/canonical/request.ts'

/** What a provider calls the tools of one request, and back. */
export interface ToolNames {
  readonly toProvider: (name: string) => string
  /** The name that the client gave; one that it did not give stays as it is. */
  readonly toClient: (name: string) => string
  /** True for a tool, by its client's name, that takes plain text. */
  readonly isCustom: (name: string) => boolean
}

/** Names that the rule refuses are written in letters that it takes; the same name always the same way. */
export function toolNamesFor(request: ModelRequest, rule: CallIdRule): ToolNames {
  const toClient = new Map<string, string>()
  const custom = new Set<string>()
  for (const tool of request.tools) {
    if (tool.kind === 'provider') continue
    toClient.set(callIdFor(tool.name, rule), tool.name)
    if (tool.kind === 'custom') custom.add(tool.name)
  }
  return {
    toProvider: (name) => callIdFor(name, rule),
    toClient: (name) => toClient.get(name) ?? name,
    isCustom: (name) => custom.has(name),
  }
}

/** A tool that takes plain text, for providers whose tools take objects: the text is its one member. */
export function customAsFunction(tool: Extract<Tool, { kind: 'custom' }>): {
  description: string
  schema: JsonObject
} {
  const grammar = tool.format
    ? `\nThe input must fit this format: ${JSON.stringify(tool.format)}`
    : ''
  return {
    description: (tool.description ?? 'Takes text.') + grammar,
    schema: {
      type: 'object',
      properties: { input: { type: 'string', description: 'The whole input, as plain text.' } },
      required: ['input'],
      additionalProperties: false,
    },
  }
}

/** The plain text that a model gave to `customAsFunction`; JSON that is no such object stays as it is. */
export function customInputOf(json: string): string {
  const value = parseJson(json)
  const input = isObject(value) ? value['input'] : undefined
  return typeof input === 'string' ? input : json
}

/** The arguments of a call as an object, for protocols that want one. Text that is none is kept in it. */
export function argumentsObject(call: Pick<ToolCallPart, 'arguments' | 'isCustom'>): JsonObject {
  if (call.isCustom) return { input: call.arguments }
  if (call.arguments.trim() === '') return {}
  const value = parseJson(call.arguments)
  if (isObject(value)) return value
  return value === null ? {} : { invalid_json: call.arguments }
}
