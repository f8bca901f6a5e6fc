import { booleanOf, invalid, isObject, textOf } from '#gateway/canonical/json.ts'
import type { JsonObject, Tool, ToolChoice, Warning } from '#gateway/canonical/request.ts'

import { readCacheMark } from './cache-mark.ts'

/** The tools. One with a dated type belongs to Anthropic and stays as it is. */
export function readTools(tools: unknown, leftovers: Warning[]): readonly Tool[] {
  if (tools === undefined || tools === null) return []
  if (!Array.isArray(tools)) throw invalid('tools', 'must be a list.')
  return tools.map((tool: unknown, at) => readTool(tool, `tools[${at}]`, leftovers))
}

function readTool(tool: unknown, param: string, leftovers: Warning[]): Tool {
  if (!isObject(tool)) throw invalid(param, 'must be an object.')
  const type = tool['type'] ?? 'custom'
  if (typeof type !== 'string') throw invalid(`${param}.type`, 'must be text.')
  if (type !== 'custom' && tool['input_schema'] === undefined) {
    return { kind: 'provider', type, definition: tool, param }
  }
  const name = textOf(tool['name'])
  if (!name) throw invalid(`${param}.name`, 'must be text.')
  if (!isObject(tool['input_schema'])) {
    throw invalid(`${param}.input_schema`, 'must be a JSON Schema.')
  }
  noteDeferral(tool, param, leftovers)
  return {
    kind: 'function',
    name,
    description: textOf(tool['description']),
    parameters: tool['input_schema'],
    strict: booleanOf(tool['strict']),
    cache: readCacheMark(tool['cache_control'], `${param}.cache_control`),
  }
}

function noteDeferral(tool: JsonObject, param: string, leftovers: Warning[]): void {
  if (tool['defer_loading'] !== true) return
  const detail = 'The tool is shown to the model from the beginning.'
  leftovers.push({ param: `${param}.defer_loading`, detail })
}

/** The choice of tools, and whether only one call may be made at a time. */
export function readToolChoice(choice: unknown): {
  toolChoice: ToolChoice | null
  isSingle: boolean
} {
  if (choice === undefined || choice === null) return { toolChoice: null, isSingle: false }
  if (!isObject(choice)) throw invalid('tool_choice', 'must be an object.')
  return {
    toolChoice: readChoice(choice),
    isSingle: choice['disable_parallel_tool_use'] === true,
  }
}

function readChoice(choice: JsonObject): ToolChoice {
  switch (choice['type']) {
    case 'auto':
      return { kind: 'auto' }
    case 'none':
      return { kind: 'none' }
    case 'any':
      return { kind: 'required' }
    case 'tool': {
      const name = textOf(choice['name'])
      if (!name) throw invalid('tool_choice.name', 'must be text.')
      return { kind: 'named', name }
    }
    default:
      throw invalid('tool_choice.type', 'must be "auto", "any", "tool" or "none".')
  }
}
