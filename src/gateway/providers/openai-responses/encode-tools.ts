import type {
  JsonObject,
  ModelRequest,
  Tool,
  ToolChoice,
  Warning,
} from '#gateway/canonical/request.ts'

/** Tools that run at the provider and are billed there by the call, beside tokens. */
const billedByCall =
  /^(?:web_search|x_search|file_search|code_interpreter|image_generation|computer)/

/** What the Responses protocol itself calls a tool that is neither a function nor custom. */
const ownTools = new Set([
  'mcp',
  'local_shell',
  'shell',
  'apply_patch',
  'tool_search',
  'programmatic_tool_calling',
])

/** True of a tool for which the provider bills more than tokens. */
export function isBilledByCall(type: string): boolean {
  return billedByCall.test(type)
}

/** Why such a tool is left out. */
export const billedByCallDetail =
  'The provider bills this tool by the call, which is not offered here; the model was not given it.'

/** The members about tools, and what was left out. */
export function encodeTools(request: ModelRequest): {
  readonly members: JsonObject
  readonly warnings: readonly Warning[]
} {
  const warnings: Warning[] = []
  const tools = request.tools.flatMap((tool) => {
    if (tool.kind !== 'provider') return [encodeTool(tool)]
    if (ownTools.has(tool.type)) return [tool.definition]
    const detail = isBilledByCall(tool.type)
      ? billedByCallDetail
      : 'This tool belongs to another protocol; the model was not given it.'
    warnings.push({ param: tool.param, detail })
    return []
  })
  if (tools.length === 0) return { members: {}, warnings }
  const { toolChoice, parallelToolCalls } = request
  return {
    members: {
      tools,
      ...(toolChoice === null ? {} : { tool_choice: encodeToolChoice(toolChoice, request.tools) }),
      ...(parallelToolCalls === null ? {} : { parallel_tool_calls: parallelToolCalls }),
    },
    warnings,
  }
}

function encodeTool(tool: Exclude<Tool, { kind: 'provider' }>): JsonObject {
  const { name, description } = tool
  const described = description === null ? {} : { description }
  if (tool.kind === 'custom') {
    return { type: 'custom', name, ...described, ...(tool.format ? { format: tool.format } : {}) }
  }
  return {
    type: 'function',
    name,
    ...described,
    parameters: tool.parameters ?? { type: 'object', properties: {} },
    // Here alone it is true where nothing is said, and a strict schema is refused unless it is whole.
    strict: tool.strict ?? false,
  }
}

function encodeToolChoice(choice: ToolChoice, tools: readonly Tool[]): unknown {
  switch (choice.kind) {
    case 'auto':
    case 'none':
    case 'required':
      return choice.kind
    case 'named':
      return reference(choice.name, tools)
    default:
      return {
        type: 'allowed_tools',
        mode: choice.mode,
        tools: choice.names.map((name) => reference(name, tools)),
      }
  }
}

function reference(name: string, tools: readonly Tool[]): JsonObject {
  const isCustom = tools.some((tool) => tool.kind === 'custom' && tool.name === name)
  return { type: isCustom ? 'custom' : 'function', name }
}
