import type { ClientMessage, ReadRequest } from '#gateway/canonical/client-protocol.ts'
import { invalid, isObject } from '#gateway/canonical/json.ts'
import {
  readBoolean,
  readChoice,
  readCount,
  readList,
  readNumber,
  readObject,
  readText,
  type Place,
} from '#gateway/canonical/members.ts'
import type { JsonObject, ModelRequest, Sampling, Warning } from '#gateway/canonical/request.ts'

import { readMessages } from './read-messages.ts'
import { readCacheMark } from './read-parts.ts'
import { readReasoningWish } from './read-reasoning.ts'
import { readFormat, readToolChoice, readTools } from './read-tools.ts'

/**
 * Reads a chat completion request of any client: OpenAI's members, OpenRouter's, and what the vendors of
 * the family added. What it cannot carry on becomes a warning; what is plainly wrong throws
 * `invalid_request` with the path of the faulty member.
 */
export function readChatRequest({ body }: ClientMessage): ReadRequest {
  const place: Place = { object: body, path: '' }
  const list = readList(place, 'messages')
  if (list.length === 0) throw invalid('messages', 'must hold at least one message')
  const { messages, leftovers } = readMessages(list)
  const request: ModelRequest = {
    messages,
    tools: readTools(place),
    toolChoice: readToolChoice(place),
    parallelToolCalls: readBoolean(place, 'parallel_tool_calls'),
    maxOutputTokens: readCount(place, 'max_completion_tokens') ?? readCount(place, 'max_tokens'),
    sampling: readSampling(place),
    format: readFormat(place),
    reasoning: readReasoningWish(place),
    stream: readBoolean(place, 'stream') ?? false,
    cache: readCacheMark(body),
    serviceTier: readText(place, 'service_tier'),
    user: readText(place, 'user') ?? readText(place, 'safety_identifier'),
    promptCacheKey: readText(place, 'prompt_cache_key'),
    verbosity: readChoice(place, 'verbosity', ['low', 'medium', 'high']),
    metadata: readMetadata(place),
    outputModalities: readModalities(place),
    audioOutput: readObject(place, 'audio'),
    leftovers: [...leftoversOf(body), ...leftovers],
  }
  const models = readList(place, 'models').filter((name) => typeof name === 'string')
  return {
    request,
    model: readText(place, 'model'),
    models: models.length === 0 ? null : models,
    provider: body['provider'],
  }
}

function readSampling(place: Place): Sampling {
  return {
    temperature: readNumber(place, 'temperature'),
    topP: readNumber(place, 'top_p'),
    topK: readNumber(place, 'top_k'),
    minP: readNumber(place, 'min_p'),
    seed: readNumber(place, 'seed') ?? readNumber(place, 'random_seed'),
    stop: readStop(place),
    presencePenalty: readNumber(place, 'presence_penalty'),
    frequencyPenalty: readNumber(place, 'frequency_penalty'),
    repetitionPenalty: readNumber(place, 'repetition_penalty'),
    logitBias: readLogitBias(place),
    logprobs: readBoolean(place, 'logprobs'),
    topLogprobs: readNumber(place, 'top_logprobs'),
    choiceCount: readCount(place, 'n'),
  }
}

function readStop({ object }: Place): readonly string[] {
  const stop = object['stop']
  if (stop === undefined || stop === null) return []
  if (typeof stop === 'string') return [stop]
  if (!Array.isArray(stop)) throw invalid('stop', 'expected text or a list of texts')
  return stop.map((text: unknown, index) => {
    if (typeof text !== 'string') throw invalid(`stop[${index}]`, 'expected text')
    return text
  })
}

function readLogitBias(place: Place): Sampling['logitBias'] {
  const bias = readObject(place, 'logit_bias')
  if (!bias) return null
  const numbers: Record<string, number> = {}
  for (const [token, value] of Object.entries(bias)) {
    if (typeof value !== 'number') throw invalid(`logit_bias.${token}`, 'expected a number')
    numbers[token] = value
  }
  return numbers
}

function readMetadata(place: Place): ModelRequest['metadata'] {
  const metadata = readObject(place, 'metadata')
  if (!metadata) return null
  const texts: Record<string, string> = {}
  for (const [name, value] of Object.entries(metadata)) {
    texts[name] = typeof value === 'string' ? value : JSON.stringify(value)
  }
  return texts
}

function readModalities(place: Place): readonly string[] | null {
  if (!isFilledList(place.object['modalities'])) return null
  return readList(place, 'modalities').map((name, index) => {
    if (typeof name !== 'string') throw invalid(`modalities[${index}]`, 'expected text')
    return name
  })
}

/** Read above, or for the gateway: nothing of it is lost. */
const knownMembers: ReadonlySet<string> = new Set([
  ...['model', 'models', 'provider', 'route', 'messages', 'tools', 'functions', 'tool_choice'],
  ...['function_call', 'parallel_tool_calls', 'max_completion_tokens', 'max_tokens', 'temperature'],
  ...['top_p', 'top_k', 'min_p', 'seed', 'random_seed', 'stop', 'presence_penalty'],
  ...['frequency_penalty', 'repetition_penalty', 'logit_bias', 'logprobs', 'top_logprobs', 'n'],
  ...['response_format', 'reasoning', 'reasoning_effort', 'include_reasoning', 'thinking'],
  ...['enable_thinking', 'thinking_budget', 'reasoning_format', 'stream', 'stream_options'],
  ...['cache_control', 'service_tier', 'user', 'safety_identifier', 'prompt_cache_key'],
  ...['verbosity', 'metadata', 'modalities', 'audio', 'usage', 'transforms', 'plugins'],
  ...['session_id', 'trace', 'debug', 'tool_stream', 'parse_tool_calls'],
])

/** What is lost when the answer comes from another protocol, and what that means. */
const explained: Readonly<Record<string, string>> = {
  prediction: 'Predicted output is used by OpenAI only; the answer is the same without it.',
  web_search_options: 'This provider cannot search the web for a chat completion.',
  prompt_cache_retention: 'How long this provider keeps its cache cannot be chosen this way.',
  prompt_cache_options: 'How this provider caches cannot be chosen this way.',
  top_a: 'This provider cannot sample by top_a.',
  image_config: 'This provider takes no image settings this way.',
}

function leftoversOf(body: JsonObject): readonly Warning[] {
  const leftovers: Warning[] = []
  for (const name in body) {
    if (knownMembers.has(name)) continue
    const value = body[name]
    // Said so, and so it is anyway.
    if (value === null || value === undefined || (name === 'store' && value === false)) continue
    const detail =
      name === 'store'
        ? 'Nothing is stored for later retrieval here.'
        : (explained[name] ?? 'This member is not known here and was left out.')
    leftovers.push({ param: name, detail })
  }
  return leftovers
}

function isFilledList(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : isObject(value) || typeof value === 'string'
}
