import type { ModelRequest, Tool, ToolChoice } from '#gateway/canonical/request.ts'
import type { ClaudeTraits } from '#gateway/providers/claude/claude-models.ts'
import type { Notes } from '#gateway/providers/notes.ts'
import { strictSchema } from '#gateway/providers/strict-schema.ts'
import { customAsFunction, type ToolNames } from '#gateway/providers/tool-names.ts'
import { objectSchema } from '#gateway/providers/tool-schema.ts'

import type { Block, CacheMarks } from './cache-marks.ts'

/** What the tools of one request share. */
export interface ToolFacts {
  readonly notes: Notes
  readonly names: ToolNames
  readonly marks: CacheMarks
  readonly traits: ClaudeTraits
}

/** The tools, in the client's order; those that its choice does not allow are left out. */
export function encodeTools({ tools, toolChoice }: ModelRequest, facts: ToolFacts): Block[] {
  const allowed = toolChoice?.kind === 'allowed' ? new Set(toolChoice.names) : null
  return tools.flatMap((tool, at) => {
    if (tool.kind !== 'provider' && allowed !== null && !allowed.has(tool.name)) return []
    const block = encodeTool(tool, `tools[${at}]`, facts)
    return block === undefined ? [] : [block]
  })
}

function encodeTool(tool: Tool, param: string, facts: ToolFacts): Block | undefined {
  const { notes, names, marks } = facts
  switch (tool.kind) {
    case 'function': {
      const block = {
        name: names.toProvider(tool.name),
        ...(tool.description === null ? {} : { description: tool.description }),
        input_schema: objectSchema(tool.parameters),
        ...strictness(tool, param, facts),
      }
      return marks.put(block, tool.cache)
    }
    case 'custom': {
      const { description, schema } = customAsFunction(tool)
      if (tool.format !== null && tool.format['type'] !== 'text') {
        notes.warn(`${param}.format`, 'The format is told to the model, but not enforced.')
      }
      return { name: names.toProvider(tool.name), description, input_schema: schema }
    }
    case 'provider':
      if (/_\d{8}$/.test(tool.type)) return { ...tool.definition }
      notes.warn(tool.param, `The tool "${tool.type}" is not known to this provider; left out.`)
      return undefined
    default:
      return tool
  }
}

/** Strictness is a promise: where the schema or the model does not allow it, the client is told. */
function strictness(
  tool: Extract<Tool, { kind: 'function' }>,
  param: string,
  { traits, notes }: ToolFacts,
): { strict?: true } {
  if (tool.strict !== true) return {}
  const schema = objectSchema(tool.parameters)
  if (traits.hasOutputFormat && strictSchema(schema).schema === schema) return { strict: true }
  notes.warn(`${param}.strict`, 'Arguments are not enforced for this schema by this model.')
  return {}
}

/** True when the model must call a tool, by the client's wish. */
export function demandsTool(choice: ToolChoice | null): boolean {
  if (choice === null) return false
  return (
    choice.kind === 'required' ||
    choice.kind === 'named' ||
    (choice.kind === 'allowed' && choice.mode === 'required')
  )
}

/** The choice of tools; undefined says nothing. */
export function encodeToolChoice(
  request: ModelRequest,
  facts: ToolFacts & { hasTools: boolean },
): Block | undefined {
  const { toolChoice, parallelToolCalls } = request
  if (!facts.hasTools) return undefined
  const single = parallelToolCalls === false ? { disable_parallel_tool_use: true } : {}
  if (demandsTool(toolChoice) && !facts.traits.takesForcedTools) {
    facts.notes.warn('tool_choice', 'This model cannot be made to call a tool; it may choose.')
    return { type: 'auto', ...single }
  }
  switch (toolChoice?.kind) {
    case 'none':
      return { type: 'none' }
    case 'required':
      return { type: 'any', ...single }
    case 'named':
      return { type: 'tool', name: facts.names.toProvider(toolChoice.name), ...single }
    case 'allowed':
      return { type: toolChoice.mode === 'required' ? 'any' : 'auto', ...single }
    case 'auto':
      return { type: 'auto', ...single }
    case undefined:
      return parallelToolCalls === false ? { type: 'auto', ...single } : undefined
    default:
      return toolChoice
  }
}
