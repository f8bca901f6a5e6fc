import { type AskedCall, askedCalls } from './asked-calls.ts'
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

/**
 * The calls to make (none: answer in text), or why the request makes no sense. `missing` is the tool that
 * `sim/tools` was told to call and was not given.
 */
export type DecidedCalls =
  | { readonly calls: readonly ToolCall[]; readonly missing: string | null }
  | { readonly complaint: string }

/**
 * Which tools are called: the one that `tool_choice` names, one where it requires one, as many as
 * `sim.toolCalls` says, or those that a user's message asks for: see `askedCalls`. The assistant's turns
 * since that message say which of its turns comes next; after the last one the answer is text, unless a
 * call is required.
 */
export function decideCalls(request: SimulatedRequest): DecidedCalls {
  const { toolChoice } = request
  const choice = objectOrEmpty(toolChoice)
  const named = objectOrEmpty(choice['function'] ?? choice['custom'])['name']
  if (typeof named === 'string') {
    const tool = request.tools.find((one) => one.name === named)
    if (!tool) return { complaint: `"tool_choice" names ${named}, which is not among the tools.` }
    const given = askedCalls(request.lastUserText)
      .flat()
      .find(({ name }) => name === named)?.given
    return { calls: [callOf({ request, wanted: { tool, given }, place: 0 })], missing: null }
  }
  if (toolChoice === 'none') return { calls: [], missing: null }
  const tools = allowedTools(request)
  const isRequired = toolChoice === 'required' || modeOf(request) === 'required'
  if (isRequired && tools.length === 0) {
    return { complaint: '"tool_choice" requires a call, but there are no tools.' }
  }
  const { wanted, missing } = chooseTools({ request, tools, isRequired })
  const most = request.parallelToolCalls ? wanted.length : 1
  const calls = wanted.slice(0, most).map((one, place) => callOf({ request, wanted: one, place }))
  return { calls, missing }
}

interface WantedCall {
  readonly tool: Tool
  readonly given: AskedCall['given']
}

interface ChosenTools {
  readonly wanted: readonly WantedCall[]
  readonly missing: string | null
}

function chooseTools(question: {
  request: SimulatedRequest
  tools: readonly Tool[]
  isRequired: boolean
}): ChosenTools {
  const { request, tools, isRequired } = question
  const [first] = tools
  if (!first) return { wanted: [], missing: null }
  const plain = (tool: Tool): WantedCall => ({ tool, given: undefined })
  const { toolCalls } = request.controls
  if (toolCalls !== null) {
    const count = Array.from({ length: toolCalls })
    return {
      wanted: count.map((_, place) => plain(tools[place % tools.length] ?? first)),
      missing: null,
    }
  }
  const asked = callsOfTurn(request, tools)
  const hasCalled = request.turns.some(({ callCount }) => callCount > 0)
  const mayBegin = request.kind === 'sim/tools' && !asked.isScripted && !hasCalled
  return asked.wanted.length === 0 && (isRequired || mayBegin)
    ? { wanted: [plain(first)], missing: null }
    : asked
}

/** What the newest message that asks for calls wants in this turn. */
function callsOfTurn(
  request: SimulatedRequest,
  tools: readonly Tool[],
): ChosenTools & { readonly isScripted: boolean } {
  const { turns } = request
  for (let at = turns.length - 1; at >= 0; at -= 1) {
    const turn = turns[at]
    if (turn?.role !== 'user') continue
    const steps = askedCalls(turn.text)
    const isKnown = ({ name }: AskedCall) => tools.some((tool) => tool.name === name)
    // Words of another kind ("call me later") ask for no tool, except of the model that plays scripts.
    if (!steps.flat().some(isKnown) && (request.kind !== 'sim/tools' || steps.length === 0))
      continue
    const later = turns.slice(at + 1)
    const played = later.filter(({ role }) => role === 'assistant').length
    const isResult = request.lastRole === 'tool' && played === 0
    const step = steps[isResult ? 1 : played] ?? []
    const wanted = step.flatMap(({ name, given }) => {
      const tool = tools.find((one) => one.name === name)
      return tool ? [{ tool, given }] : []
    })
    const unknown = step.find((call) => !isKnown(call))?.name ?? null
    const missing = request.kind === 'sim/tools' ? unknown : null
    return { wanted: missing === null ? wanted : [], missing, isScripted: true }
  }
  return { wanted: [], missing: null, isScripted: false }
}

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

function callOf(question: {
  request: SimulatedRequest
  wanted: WantedCall
  place: number
}): ToolCall {
  const { request, place } = question
  const { tool, given } = question.wanted
  const start = (place * 7) % 40
  const id = `call_${request.fingerprint.slice(start, start + 16)}${place}`
  const { kind, name } = tool
  if (kind === 'custom') {
    return { id, kind, name, argumentsText: typeof given === 'string' ? given : 'simulated input' }
  }
  const schema = { type: 'object', ...objectOrEmpty(tool.parameters) }
  const value = isObject(given) ? given : (instanceOf(schema) ?? {})
  return { id, kind, name, argumentsText: JSON.stringify(value) }
}
