import { instanceOf } from './json-instance.ts'
import { isObject, listOrEmpty, objectOrEmpty } from './json-values.ts'
import type { SimulatedRequest, Tool } from './request.ts'

/** One call of a tool. `argumentsText` is JSON for a function, free text for a custom tool. */
export interface ToolCall {
  readonly id: string
  readonly kind: Tool['kind']
  readonly name: string
  readonly argumentsText: string
}

/** The calls to make (none: answer in text), or why the request makes no sense. */
export type DecidedCalls = { readonly calls: readonly ToolCall[] } | { readonly complaint: string }

/**
 * Which tools are called: the one that `tool_choice` names, one where it requires one, as many as
 * `sim.toolCalls` says, or those that the last user message asks for ("call get_weather"). After the
 * result of a tool the answer is text, unless a call is required.
 */
export function decideCalls(request: SimulatedRequest): DecidedCalls {
  const { toolChoice } = request
  const choice = objectOrEmpty(toolChoice)
  const named = objectOrEmpty(choice['function'] ?? choice['custom'])['name']
  if (typeof named === 'string') {
    const tool = request.tools.find((one) => one.name === named)
    if (!tool) return { complaint: `"tool_choice" names ${named}, which is not among the tools.` }
    return { calls: [callOf({ request, tool, place: 0 })] }
  }
  if (toolChoice === 'none') return { calls: [] }
  const tools = allowedTools(request)
  const isRequired = toolChoice === 'required' || modeOf(request) === 'required'
  if (isRequired && tools.length === 0) {
    return { complaint: '"tool_choice" requires a call, but there are no tools.' }
  }
  const chosen = chooseTools({ request, tools, isRequired })
  const most = request.parallelToolCalls ? chosen.length : 1
  return {
    calls: chosen.slice(0, most).map((tool, place) => callOf({ request, tool, place })),
  }
}

function chooseTools(question: {
  request: SimulatedRequest
  tools: readonly Tool[]
  isRequired: boolean
}): readonly Tool[] {
  const { request, tools, isRequired } = question
  const [first] = tools
  if (!first) return []
  const { toolCalls } = request.controls
  if (toolCalls !== null) {
    return Array.from({ length: toolCalls }, (_, place) => tools[place % tools.length] ?? first)
  }
  const asked = request.lastRole === 'user' ? askedTools(request.lastUserText, tools) : []
  return asked.length === 0 && isRequired ? [first] : asked
}

function askedTools(text: string, tools: readonly Tool[]): readonly Tool[] {
  return [...text.matchAll(callWords)].flatMap(
    ([, name]) => tools.find((tool) => tool.name === name) ?? [],
  )
}

const callWords = /\bcall\s+([\w-]{1,64})/gi

function allowedTools(request: SimulatedRequest): readonly Tool[] {
  const allowed = objectOrEmpty(objectOrEmpty(request.toolChoice)['allowed_tools'])
  const names = listOrEmpty(allowed['tools']).map(
    (tool) => objectOrEmpty(objectOrEmpty(tool)['function'])['name'],
  )
  return names.length === 0
    ? request.tools
    : request.tools.filter((tool) => names.includes(tool.name))
}

function modeOf(request: SimulatedRequest): unknown {
  return objectOrEmpty(objectOrEmpty(request.toolChoice)['allowed_tools'])['mode']
}

function callOf(question: { request: SimulatedRequest; tool: Tool; place: number }): ToolCall {
  const { request, tool, place } = question
  const start = (place * 7) % 40
  const id = `call_${request.fingerprint.slice(start, start + 16)}${place}`
  if (tool.kind === 'custom') {
    return { id, kind: tool.kind, name: tool.name, argumentsText: 'simulated input' }
  }
  const given = argumentsInText(request.lastUserText, tool.name)
  const value = given ?? instanceOf({ type: 'object', ...objectOrEmpty(tool.parameters) }) ?? {}
  return { id, kind: tool.kind, name: tool.name, argumentsText: JSON.stringify(value) }
}

/** `call get_weather {"city": "Paris"}` gives the arguments itself. */
function argumentsInText(text: string, name: string): unknown {
  for (const match of text.matchAll(callWords)) {
    if (match[1] !== name) continue
    const rest = text.slice(match.index + match[0].length).trimStart()
    if (!rest.startsWith('{')) return undefined
    const value = parseJson(rest.slice(0, endOfObject(rest)))
    return isObject(value) ? value : undefined
  }
  return undefined
}

function endOfObject(text: string): number {
  let depth = 0
  let isText = false
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at]
    if (isText && sign === '\\') at += 1
    else if (sign === '"') isText = !isText
    else if (!isText && sign === '{') depth += 1
    else if (!isText && sign === '}') depth -= 1
    if (depth === 0) return at + 1
  }
  return text.length
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
