import { gatewayMembers } from '#contract/chat.ts'
import type { ClientMessage, ReadRequest } from '#gateway/canonical/client-protocol.ts'
import { booleanOf, invalid, isObject, listOf, objectOf, textOf } from '#gateway/canonical/json.ts'
import {
  noSampling,
  type JsonObject,
  type ModelRequest,
  type OutputFormat,
  type ReasoningEffort,
  type ReasoningWish,
  type Sampling,
  type Warning,
} from '#gateway/canonical/request.ts'

import { readInput } from './read-input.ts'
import { additionalTools, readTools, readToolChoice } from './read-tools.ts'

/** Reads the body of a POST to /v1/responses, in which nothing refers to anything stored any more. */
export function readRequest({ body }: ClientMessage): ReadRequest {
  refuseWhatIsNotServed(body)
  const { messages, leftovers } = readInput(body)
  const tools = [...readTools(body['tools'], 'tools'), ...toolsInInput(body)]
  const text = memberObject(body, 'text')
  const request: ModelRequest = {
    messages,
    tools,
    toolChoice: readToolChoice(body['tool_choice'], tools),
    parallelToolCalls: boolean(body, 'parallel_tool_calls'),
    maxOutputTokens: count(body, 'max_output_tokens'),
    sampling: readSampling(body),
    format: readFormat(text['format']),
    reasoning: readReasoningWish(body),
    stream: boolean(body, 'stream') ?? false,
    cache: isObject(body['cache_control']) ? { ttl: null } : null,
    serviceTier: string(body, 'service_tier'),
    user: string(body, 'safety_identifier') ?? string(body, 'user'),
    promptCacheKey: string(body, 'prompt_cache_key'),
    verbosity: readVerbosity(text['verbosity']),
    metadata: readMetadata(body['metadata']),
    outputModalities: readModalities(body['modalities']),
    audioOutput: null,
    leftovers: [...leftovers, ...leftoverMembers(body)],
  }
  return {
    request,
    model: string(body, 'model'),
    models: readModels(body['models']),
    provider: body['provider'] ?? undefined,
  }
}

const refusals: Readonly<Record<string, string>> = {
  prompt: 'prompt templates are kept at OpenAI and are not offered here: send the input itself.',
  conversation:
    'conversations are not kept here: use previous_response_id, or send the whole input.',
  plugins: 'plugins are not offered here: leave them out.',
}

function refuseWhatIsNotServed(body: JsonObject): void {
  if (body['background'] === true) {
    throw invalid('background', 'answers are not made in the background here: leave it out.')
  }
  for (const [name, detail] of Object.entries(refusals)) {
    const value = body[name]
    const isSaid = value !== undefined && value !== null && !isEmptyList(value)
    if (isSaid) throw invalid(name, detail)
  }
  const previous = body['previous_response_id']
  if (previous !== undefined && previous !== null) {
    throw invalid('previous_response_id', 'no response of this id is stored here.')
  }
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0
}

function toolsInInput(body: JsonObject) {
  return listOf(body['input']).flatMap((item, index) =>
    readTools(additionalTools(item), `input[${index}].tools`),
  )
}

/** What is read above, or says nothing about the answer. */
const handled = new Set([
  ...gatewayMembers,
  'model',
  'instructions',
  'input',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'max_output_tokens',
  'temperature',
  'top_p',
  'top_k',
  'min_p',
  'seed',
  'stop',
  'presence_penalty',
  'frequency_penalty',
  'repetition_penalty',
  'logit_bias',
  'top_logprobs',
  'text',
  'reasoning',
  'reasoning_effort',
  'stream',
  'stream_options',
  'cache_control',
  'service_tier',
  'user',
  'safety_identifier',
  'prompt_cache_key',
  'metadata',
  'client_metadata',
  'modalities',
  'include',
  'store',
  'background',
  'previous_response_id',
])

const leftoverDetail = 'Other protocols have no such parameter; it was not sent on.'

/** Members that no other protocol has a place for, unless they say what happens anyway. */
function leftoverMembers(body: JsonObject): readonly Warning[] {
  return Object.entries(body).flatMap(([param, value]) => {
    if (handled.has(param) || value === null || value === undefined) return []
    if (param === 'truncation' && value === 'disabled') return []
    return [{ param, detail: leftoverDetail }]
  })
}

function readSampling(body: JsonObject): Sampling {
  const stop = body['stop']
  const bias = body['logit_bias']
  return {
    ...noSampling,
    temperature: number(body, 'temperature'),
    topP: number(body, 'top_p'),
    topK: number(body, 'top_k'),
    minP: number(body, 'min_p'),
    seed: number(body, 'seed'),
    stop: typeof stop === 'string' ? [stop] : listOf(stop).filter((one) => typeof one === 'string'),
    presencePenalty: number(body, 'presence_penalty'),
    frequencyPenalty: number(body, 'frequency_penalty'),
    repetitionPenalty: number(body, 'repetition_penalty'),
    logitBias: isObject(bias) ? (bias as Readonly<Record<string, number>>) : null,
    logprobs: listOf(body['include']).includes('message.output_text.logprobs') ? true : null,
    topLogprobs: number(body, 'top_logprobs'),
  }
}

const efforts = new Set(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'])
const summaries = new Set(['auto', 'concise', 'detailed'])

function readReasoningWish(body: JsonObject): ReasoningWish | null {
  const reasoning = memberObject(body, 'reasoning')
  const inside = textOf(reasoning['effort'])
  const beside = textOf(body['reasoning_effort'])
  if (inside !== null && beside !== null && inside !== beside) {
    throw invalid('reasoning_effort', `contradicts reasoning.effort (${JSON.stringify(inside)}).`)
  }
  const effort = inside ?? beside
  if (effort !== null && !efforts.has(effort)) {
    throw invalid('reasoning.effort', `expected one of ${[...efforts].join(', ')}.`)
  }
  const summary = textOf(reasoning['summary']) ?? textOf(reasoning['generate_summary'])
  if (summary !== null && !summaries.has(summary) && summary !== 'none') {
    throw invalid('reasoning.summary', 'expected "auto", "concise" or "detailed".')
  }
  const budgetTokens = count(reasoning, 'max_tokens', 'reasoning.max_tokens')
  const enabled = booleanOf(reasoning['enabled'])
  const isShown = summary !== null && summary !== 'none'
  if (effort === null && !isShown && budgetTokens === null && enabled === null) return null
  return {
    enabled,
    effort: effort as ReasoningEffort | null,
    budgetTokens,
    isAdaptive: false,
    summary: isShown ? (summary as 'auto' | 'concise' | 'detailed') : null,
    isHidden: booleanOf(reasoning['exclude']) ?? false,
  }
}

function readFormat(format: unknown): OutputFormat | null {
  if (format === undefined || format === null) return null
  if (!isObject(format)) throw invalid('text.format', 'expected an object.')
  switch (format['type']) {
    case 'text':
      return { kind: 'text' }
    case 'json_object':
      return { kind: 'json' }
    case 'json_schema': {
      const { schema } = format
      if (!isObject(schema)) throw invalid('text.format.schema', 'expected a JSON Schema.')
      return {
        kind: 'schema',
        name: textOf(format['name']),
        description: textOf(format['description']),
        schema,
        strict: booleanOf(format['strict']),
      }
    }
    default:
      throw invalid('text.format.type', 'expected "text", "json_object" or "json_schema".')
  }
}

function readVerbosity(value: unknown): ModelRequest['verbosity'] {
  if (value === undefined || value === null) return null
  if (value === 'low' || value === 'medium' || value === 'high') return value
  throw invalid('text.verbosity', 'expected "low", "medium" or "high".')
}

function readMetadata(value: unknown): ModelRequest['metadata'] {
  if (value === undefined || value === null) return null
  if (!isObject(value)) throw invalid('metadata', 'expected an object of texts.')
  for (const [name, text] of Object.entries(value)) {
    if (typeof text !== 'string') throw invalid(`metadata.${name}`, 'expected text.')
  }
  return value as Readonly<Record<string, string>>
}

function readModalities(value: unknown): readonly string[] | null {
  const names = listOf(value).filter((one) => typeof one === 'string')
  return names.length === 0 ? null : names
}

function readModels(value: unknown): readonly string[] | null {
  if (value === undefined || value === null) return null
  const names = listOf(value).filter((one) => typeof one === 'string' && one !== '')
  if (names.length === 0 || names.length !== listOf(value).length) {
    throw invalid('models', 'expected a list of names of models.')
  }
  return names as readonly string[]
}

function memberObject(body: JsonObject, name: string): JsonObject {
  const value = body[name]
  if (value !== undefined && value !== null && !isObject(value)) {
    throw invalid(name, 'expected an object.')
  }
  return objectOf(value)
}

function string(body: JsonObject, name: string): string | null {
  const value = body[name]
  if (value === undefined || value === null) return null
  if (typeof value !== 'string') throw invalid(name, 'expected text.')
  return value === '' ? null : value
}

function boolean(body: JsonObject, name: string): boolean | null {
  const value = body[name]
  if (value === undefined || value === null) return null
  if (typeof value !== 'boolean') throw invalid(name, 'expected true or false.')
  return value
}

function number(body: JsonObject, name: string): number | null {
  const value = body[name]
  if (value === undefined || value === null) return null
  if (typeof value !== 'number') throw invalid(name, 'expected a number.')
  return value
}

function count(body: JsonObject, name: string, param: string = name): number | null {
  const value = number(body, name)
  if (value !== null && (!Number.isSafeInteger(value) || value < 1)) {
    throw invalid(param, 'expected a whole number above 0.')
  }
  return value
}
