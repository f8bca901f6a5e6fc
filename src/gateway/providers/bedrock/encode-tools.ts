import type { JsonObject, ModelRequest, Tool } from '#gateway/canonical/request.ts'
import { answerTool, answerToolName } from '#gateway/providers/answer-tool.ts'
import { strictSchema } from '#gateway/providers/strict-schema.ts'
import { customAsFunction } from '#gateway/providers/tool-names.ts'
import { objectSchema } from '#gateway/providers/tool-schema.ts'

import type { Block } from './encode-media.ts'
import type { MessageFacts } from './encode-messages.ts'

/** `toolConfig`, and whether a call is demanded. */
export interface ToolPlan {
  readonly toolConfig: JsonObject | null
  readonly isForced: boolean
  /** Only one call at a time, as Claude is told; null: nothing said. */
  readonly singleCall: JsonObject | null
}

/** Plans the tools of a request. Bedrock has no choice "none", and wants tools where calls were made before. */
export function planTools(request: ModelRequest, facts: MessageFacts): ToolPlan {
  const tools = encodeTools(request, facts)
  const answer =
    facts.traits.hasOutputFormat && request.format?.kind === 'schema'
      ? undefined
      : answerTool(request.format, facts.notes)
  if (answer !== undefined) {
    const spec = toolSpec({ ...answer, description: answer.description }, {})
    const isAlone = tools.length === 0 || request.toolChoice?.kind === 'none'
    return {
      toolConfig: {
        tools: [...tools, spec],
        toolChoice: isAlone ? { tool: { name: answerToolName } } : { any: {} },
      },
      isForced: true,
      singleCall: null,
    }
  }
  const hadCalls = callNames(request)
  if (tools.length === 0 && hadCalls.size > 0) {
    facts.notes.warn('tools', 'Tools that were called before are told to the model again.')
    return {
      toolConfig: { tools: formerTools(hadCalls, facts) },
      isForced: false,
      singleCall: null,
    }
  }
  if (tools.length === 0) return { toolConfig: null, isForced: false, singleCall: null }
  return plannedChoice(request, { tools, hadCalls: hadCalls.size > 0 }, facts)
}

function plannedChoice(
  { toolChoice, parallelToolCalls }: ModelRequest,
  { tools, hadCalls }: { tools: readonly Block[]; hadCalls: boolean },
  facts: MessageFacts,
): ToolPlan {
  const { names, notes, traits } = facts
  const none = { isForced: false, singleCall: null }
  const mayForce = traits.claude.takesForcedTools || !traits.claude.isClaude
  switch (toolChoice?.kind) {
    case 'none':
      if (!hadCalls) return { toolConfig: null, ...none }
      notes.warn('tool_choice', 'This provider cannot forbid calls once there were some.')
      return { toolConfig: { tools }, ...none }
    case 'required':
    case 'named':
    case 'allowed': {
      if (toolChoice.kind === 'allowed' && toolChoice.mode === 'auto') break
      if (!mayForce) {
        notes.warn('tool_choice', 'This model cannot be made to call a tool; it may choose.')
        return { toolConfig: { tools }, ...none }
      }
      const choice =
        toolChoice.kind === 'named'
          ? { tool: { name: names.toProvider(toolChoice.name) } }
          : { any: {} }
      if (parallelToolCalls === false) {
        notes.warn('parallel_tool_calls', 'It cannot be limited here when a call is demanded.')
      }
      return { toolConfig: { tools, toolChoice: choice }, isForced: true, singleCall: null }
    }
    case 'auto':
    case undefined:
      break
    default:
      return toolChoice
  }
  return { toolConfig: { tools }, isForced: false, singleCall: single(parallelToolCalls, facts) }
}

function single(parallel: boolean | null, { traits, notes }: MessageFacts): JsonObject | null {
  if (parallel !== false) return null
  if (traits.claude.isClaude && traits.claude.hasOutputFormat) {
    return { tool_choice: { type: 'auto', disable_parallel_tool_use: true } }
  }
  notes.warn('parallel_tool_calls', 'This model cannot be kept from several calls at once.')
  return null
}

function encodeTools({ tools, toolChoice }: ModelRequest, facts: MessageFacts): Block[] {
  const allowed = toolChoice?.kind === 'allowed' ? new Set(toolChoice.names) : null
  return tools.flatMap((tool, at) => {
    if (tool.kind !== 'provider' && allowed !== null && !allowed.has(tool.name)) return []
    return encodeTool(tool, `tools[${at}]`, facts)
  })
}

function encodeTool(tool: Tool, param: string, facts: MessageFacts): readonly Block[] {
  const { notes, names, points } = facts
  switch (tool.kind) {
    case 'function': {
      const { description, cache } = tool
      const name = names.toProvider(tool.name)
      const schema = objectSchema(tool.parameters)
      const spec = toolSpec({ name, description, schema }, strictness(tool, param, facts))
      return [spec, ...points.after(cache)]
    }
    case 'custom': {
      if (tool.format !== null && tool.format['type'] !== 'text') {
        notes.warn(`${param}.format`, 'The format is told to the model, but not enforced.')
      }
      return [toolSpec({ name: names.toProvider(tool.name), ...customAsFunction(tool) }, {})]
    }
    case 'provider':
      notes.warn(tool.param, `The tool "${tool.type}" is not known to this provider; left out.`)
      return []
    default:
      return tool
  }
}

function toolSpec(
  { name, description, schema }: { name: string; description: string | null; schema: JsonObject },
  more: JsonObject,
): Block {
  const about = description === null || description === '' ? {} : { description }
  return { toolSpec: { name, ...about, inputSchema: { json: schema }, ...more } }
}

function strictness(
  tool: Extract<Tool, { kind: 'function' }>,
  param: string,
  { traits, notes }: MessageFacts,
): JsonObject {
  if (tool.strict !== true) return {}
  const schema = objectSchema(tool.parameters)
  const { isClaude, hasOutputFormat } = traits.claude
  if (isClaude && hasOutputFormat && strictSchema(schema).schema === schema) return { strict: true }
  notes.warn(`${param}.strict`, 'Arguments are not enforced for this schema by this model.')
  return {}
}

function callNames({ messages }: ModelRequest): ReadonlySet<string> {
  const names = new Set<string>()
  for (const { parts } of messages) {
    for (const part of parts) if (part.kind === 'tool_call') names.add(part.name)
  }
  return names
}

function formerTools(called: ReadonlySet<string>, { names }: MessageFacts): Block[] {
  return [...called].map((name) =>
    toolSpec({ name: names.toProvider(name), description: null, schema: { type: 'object' } }, {}),
  )
}
