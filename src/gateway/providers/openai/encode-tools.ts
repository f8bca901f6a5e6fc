import type { JsonObject, ModelRequest, OutputFormat, Tool } from '#gateway/canonical/request.ts'

import { withMark } from './encode-parts.ts'
import type { Writing } from './writing.ts'

/** The one member of a function that stands for a tool which takes plain text. */
export const customInput = 'input'

/** `tools`, `tool_choice` and `parallel_tool_calls`, as far as there are any. */
export function encodeTools(request: ModelRequest, writing: Writing): JsonObject {
  const tools = toolsFor(request, writing)
  const written = tools.flatMap((tool) => encodeTool(tool, writing))
  if (written.length === 0) {
    const forces = request.toolChoice?.kind === 'required' || request.toolChoice?.kind === 'named'
    if (forces)
      writing.refuse('tool_choice', 'This provider runs none of the tools of this request.')
    return {}
  }
  const members: Record<string, unknown> = { tools: written }
  const choice = encodeChoice(request, writing)
  if (choice !== null) members['tool_choice'] = choice
  if (request.parallelToolCalls !== null) {
    members['parallel_tool_calls'] = request.parallelToolCalls
  }
  return members
}

/** Where a server cannot be told which tools may be called, it is shown no others. */
function toolsFor({ tools, toolChoice }: ModelRequest, { dialect }: Writing): readonly Tool[] {
  if (toolChoice?.kind !== 'allowed' || dialect.hasAllowedTools) return tools
  const names = new Set(toolChoice.names)
  return tools.filter((tool) => tool.kind === 'provider' || names.has(tool.name))
}

function encodeTool(tool: Tool, writing: Writing): readonly JsonObject[] {
  const { dialect } = writing
  switch (tool.kind) {
    case 'function': {
      const described = {
        name: tool.name,
        ...(tool.description === null ? {} : { description: tool.description }),
        parameters: parametersFor(tool.parameters, tool.name, writing),
        ...(tool.strict === null ? {} : { strict: tool.strict }),
      }
      const written = { type: 'function', function: described }
      return [dialect.hasCacheMarks ? withMark(written, tool.cache) : written]
    }
    case 'custom':
      return [dialect.hasCustomTools ? encodeCustom(tool) : customAsFunction(tool)]
    default:
      if (dialect.ownTools?.test(tool.type)) return [tool.definition]
      writing.warn(
        tool.param,
        `A tool of type "${tool.type}" runs at its own provider; this one has none.`,
      )
      return []
  }
}

function encodeCustom({ name, description, format }: Tool & { kind: 'custom' }): JsonObject {
  const custom = {
    name,
    ...(description === null ? {} : { description }),
    ...(format === null ? {} : { format: nestedGrammar(format) }),
  }
  return { type: 'custom', custom }
}

/** A grammar stands in an object of its own here; in the Responses API it does not. */
function nestedGrammar(format: JsonObject): JsonObject {
  if (format['type'] !== 'grammar' || format['grammar'] !== undefined) return format
  const { type, ...grammar } = format
  return { type, grammar }
}

/** A tool that takes text, as a function with one text: `decode` takes the text out again. */
function customAsFunction({ name, description, format }: Tool & { kind: 'custom' }): JsonObject {
  const grammar =
    format?.['type'] === 'grammar' ? ` The text must follow this: ${JSON.stringify(format)}` : ''
  const input = {
    type: 'string',
    description: `The whole input of the tool, as plain text.${grammar}`,
  }
  return {
    type: 'function',
    function: {
      name,
      ...(description === null ? {} : { description }),
      parameters: {
        type: 'object',
        properties: { [customInput]: input },
        required: [customInput],
        additionalProperties: false,
      },
    },
  }
}

const unions = ['oneOf', 'anyOf', 'allOf', 'not', 'enum']

function parametersFor(
  schema: JsonObject | null,
  name: string,
  { dialect, warn }: Writing,
): JsonObject {
  if (schema === null) return { type: 'object', properties: {} }
  if (!dialect.refusesTopLevelUnions) return schema
  const hasUnion = unions.some((member) => schema[member] !== undefined)
  if (!hasUnion && schema['type'] === 'object') return schema
  const kept: Record<string, unknown> = { properties: {}, ...schema, type: 'object' }
  for (const member of unions) delete kept[member]
  if (hasUnion) {
    warn(
      'tools',
      `The schema of "${name}" is a union at its top, which this provider refuses: only its own members are sent.`,
    )
  }
  return kept
}

function encodeChoice({ toolChoice, tools }: ModelRequest, { dialect }: Writing): unknown {
  if (toolChoice === null) return null
  switch (toolChoice.kind) {
    case 'auto':
    case 'none':
    case 'required':
      return toolChoice.kind
    case 'named':
      return nameOf(toolChoice.name, tools, dialect.hasCustomTools)
    default: {
      const { mode, names } = toolChoice
      if (!dialect.hasAllowedTools) return mode
      const allowed = names.map((name) => nameOf(name, tools, true))
      return { type: 'allowed_tools', allowed_tools: { mode, tools: allowed } }
    }
  }
}

function nameOf(name: string, tools: readonly Tool[], hasCustomTools: boolean): JsonObject {
  const isCustom = tools.some((tool) => tool.kind === 'custom' && tool.name === name)
  if (isCustom && hasCustomTools) return { type: 'custom', custom: { name } }
  return { type: 'function', function: { name } }
}

/** `response_format`, and what has to be said in words where there is none for schemas. */
export function encodeFormat(
  format: OutputFormat | null,
  { dialect, warn }: Writing,
): { readonly member: JsonObject | null; readonly instruction: string | null } {
  if (format === null) return { member: null, instruction: null }
  if (format.kind === 'text') return { member: { type: 'text' }, instruction: null }
  if (format.kind === 'json') return { member: { type: 'json_object' }, instruction: null }
  const { name, description, schema, strict } = format
  if (!dialect.hasSchemas) {
    warn(
      'response_format',
      'This provider cannot be bound to a schema: it is told the schema in words.',
    )
    return {
      member: { type: 'json_object' },
      instruction: `Answer with JSON only, which must follow this JSON Schema: ${JSON.stringify(schema)}`,
    }
  }
  const described = {
    name: name ?? 'answer',
    ...(description === null ? {} : { description }),
    schema,
    ...(strict === null ? {} : { strict }),
  }
  return { member: { type: 'json_schema', json_schema: described }, instruction: null }
}
