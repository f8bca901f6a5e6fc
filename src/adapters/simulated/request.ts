import { createHash } from 'node:crypto'

import type { Controls } from './controls.ts'
import { readControls, withoutControls } from './controls.ts'
import type { JsonObject } from './json-values.ts'
import { isObject, listOrEmpty, objectOrEmpty } from './json-values.ts'
import { forgedThought, thinkingWish } from './reasoning.ts'
import type { Refusal } from './refusal.ts'
import { refuse, unknownModel } from './refusal.ts'
import { countTokens } from './words.ts'

/** A chat request as the simulated provider understands it. */
export interface SimulatedRequest {
  readonly kind: ChatModel
  /** The model as it was asked for; the answer says the same. */
  readonly model: string
  /** The same for the same bytes of request: everything random-looking in the answer comes from it. */
  readonly fingerprint: string
  readonly controls: Controls
  /** The last user message, without control lines. */
  readonly lastUserText: string
  readonly lastRole: string
  /** The text of the last message, when it is the result of a tool. */
  readonly toolResult: string | null
  /** Everything that was said, in order. */
  readonly turns: readonly Turn[]
  readonly promptTokens: number
  readonly choiceCount: number
  readonly maxTokens: number | null
  readonly stops: readonly string[]
  readonly streamed: boolean
  readonly includeUsage: boolean
  readonly tools: readonly Tool[]
  readonly toolChoice: unknown
  readonly parallelToolCalls: boolean
  readonly responseFormat: JsonObject
  readonly thinking: { readonly isOff: boolean; readonly isHidden: boolean }
}

/** One message, as far as the simulation looks at it. */
export interface Turn {
  readonly role: string
  /** Of users and tools only, without control lines. */
  readonly text: string
  readonly callCount: number
}

/** The models that chat. */
export type ChatModel = (typeof chatModels)[number]

/** The names of the simulated models that chat, as a provider's own names. */
export const chatModels = ['sim/echo', 'sim/stream', 'sim/tools', 'sim/reason'] as const

/**
 * The model that is asked for. Another maker's name may stand before it (`claude-sonnet-4.5/sim/reason`),
 * so that whoever judges models by their names takes it for one of theirs.
 */
function chatModelOf(name: unknown): ChatModel | undefined {
  if (typeof name !== 'string') return undefined
  return chatModels.find((model) => name === model || name.endsWith(`/${model}`))
}

/** A tool that may be called. */
export interface Tool {
  readonly kind: 'function' | 'custom'
  readonly name: string
  readonly parameters: unknown
}

/** The most choices; more is refused. */
const choiceCountMax = 128

/** Reads a request body. Refuses what OpenAI would refuse; ignores what it does not know. */
export function readRequest(
  bytes: Uint8Array,
): { readonly request: SimulatedRequest } | { readonly refusal: Refusal } {
  const body = parseJson(bytes)
  if (!isObject(body)) return { refusal: refuse('The body is not a JSON object.') }
  const kind = chatModelOf(body['model'])
  if (!kind) return { refusal: unknownModel(body['model']) }
  const messages = listOrEmpty(body['messages']).filter(isObject)
  const last = messages.at(-1)
  if (!last) return { refusal: refuse('"messages" must hold at least one message.', 'messages') }
  const forged = forgedThought(messages)
  if (forged) return { refusal: forged }
  const userText = textOf(messages.findLast((message) => message['role'] === 'user')?.['content'])
  const read = readControls(body['sim'], userText)
  if ('complaint' in read) return { refusal: refuse(read.complaint, 'sim') }
  const choiceCount = body['n'] ?? 1
  if (!isCount(choiceCount) || choiceCount < 1 || choiceCount > choiceCountMax) {
    return { refusal: refuse(`"n" must be a whole number from 1 to ${choiceCountMax}.`, 'n') }
  }
  const maxTokens = body['max_completion_tokens'] ?? body['max_tokens'] ?? null
  if (maxTokens !== null && (!isCount(maxTokens) || maxTokens < 1)) {
    return { refusal: refuse('"max_tokens" must be a whole number above 0.', 'max_tokens') }
  }
  return {
    request: {
      kind,
      model: String(body['model']),
      fingerprint: createHash('sha256').update(bytes).digest('hex'),
      controls: read.controls,
      lastUserText: withoutControls(userText),
      lastRole: String(last['role']),
      toolResult: last['role'] === 'tool' ? textOf(last['content']) : null,
      turns: messages.map(turnOf),
      promptTokens: promptTokensOf(messages, body),
      choiceCount,
      maxTokens,
      stops: stopsOf(body['stop']),
      streamed: body['stream'] === true,
      includeUsage: objectOrEmpty(body['stream_options'])['include_usage'] === true,
      tools: listOrEmpty(body['tools']).flatMap(toolOf),
      toolChoice: body['tool_choice'],
      parallelToolCalls: body['parallel_tool_calls'] !== false,
      responseFormat: objectOrEmpty(body['response_format']),
      thinking: thinkingWish(body),
    },
  }
}

function turnOf(message: JsonObject): Turn {
  const role = String(message['role'])
  const isRead = role === 'user' || role === 'tool'
  return {
    role,
    text: isRead ? withoutControls(textOf(message['content'])) : '',
    callCount: listOrEmpty(message['tool_calls']).length,
  }
}

/** The counting rule of `docs/simulated-provider.md`. */
function promptTokensOf(messages: readonly JsonObject[], body: JsonObject): number {
  let tokens = listOrEmpty(body['tools']).length * 10
  for (const message of messages) {
    tokens += 4 + countTokens(textOf(message['content']))
    for (const part of listOrEmpty(message['content'])) {
      if (isObject(part) && typeof part['text'] !== 'string') tokens += 100
    }
    for (const call of listOrEmpty(message['tool_calls'])) {
      const { arguments: text } = objectOrEmpty(objectOrEmpty(call)['function'])
      tokens += 5 + (typeof text === 'string' ? countTokens(text) : 0)
    }
  }
  return tokens
}

/** The text of a content: all of its parts that have one. */
export function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  return listOrEmpty(content)
    .map((part) => objectOrEmpty(part)['text'])
    .filter((text) => typeof text === 'string')
    .join('\n')
}

function stopsOf(stop: unknown): readonly string[] {
  const list = typeof stop === 'string' ? [stop] : listOrEmpty(stop)
  return list.filter((text) => typeof text === 'string').filter((text) => text !== '')
}

function toolOf(tool: unknown): readonly Tool[] {
  const { type, function: given, custom } = objectOrEmpty(tool)
  const kind = type === 'custom' ? 'custom' : 'function'
  const { name, parameters } = objectOrEmpty(kind === 'custom' ? custom : given)
  return typeof name === 'string' ? [{ kind, name, parameters: parameters ?? {} }] : []
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString())
  } catch {
    return undefined
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value)
}
