import {
  type Message,
  type ModelRequest,
  noSampling,
  type Part,
  type ReasoningPart,
  type ReasoningWish,
  type Role,
  type TextPart,
  type Tool,
} from '#gateway/canonical/request.ts'

/** A request of one short user message; whatever is named replaces its member. */
export function asked(members: Partial<ModelRequest> = {}): ModelRequest {
  return {
    messages: [{ role: 'user', parts: [said('Hello.')], name: null }],
    tools: [],
    toolChoice: null,
    parallelToolCalls: null,
    maxOutputTokens: null,
    sampling: noSampling,
    format: null,
    reasoning: null,
    stream: false,
    cache: null,
    serviceTier: null,
    user: null,
    promptCacheKey: null,
    verbosity: null,
    metadata: null,
    outputModalities: null,
    audioOutput: null,
    leftovers: [],
    ...members,
  }
}

/** A text without a cache mark. */
export function said(text: string): TextPart {
  return { kind: 'text', text, cache: null }
}

/** A message of these parts. */
export function message(role: Role, ...parts: Part[]): Message {
  return { role, parts, name: null }
}

/** A call of a tool. */
export function call(id: string, name = 'look', args = '{"x":1}'): Part {
  return { kind: 'tool_call', id, name, arguments: args, isCustom: false, cache: null }
}

/** What a tool answered. */
export function result(callId: string, text = 'seen'): Part {
  const content = text === '' ? [] : [said(text)]
  return { kind: 'tool_result', callId, content, isError: false, isCustom: false, cache: null }
}

/** A thought that Claude signed. */
export const thought: ReasoningPart = {
  kind: 'reasoning',
  form: 'text',
  text: 'I think',
  signature: 'EqQBsig==',
  data: null,
  id: null,
  format: 'anthropic-claude-v1',
  callId: null,
}

/** A tool. */
export const look: Extract<Tool, { kind: 'function' }> = {
  kind: 'function',
  name: 'look',
  description: 'Looks.',
  parameters: { type: 'object', properties: { x: { type: 'integer' } } },
  strict: null,
  cache: null,
}

/** A wish that says nothing. */
export const nothingWished: ReasoningWish = {
  enabled: null,
  effort: null,
  budgetTokens: null,
  isAdaptive: false,
  summary: null,
  isHidden: false,
}
