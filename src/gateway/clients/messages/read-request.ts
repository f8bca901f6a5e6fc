import type { ClientMessage, ReadRequest } from '#gateway/canonical/client-protocol.ts'
import { booleanOf, invalid, isObject, textOf } from '#gateway/canonical/json.ts'
import {
  type JsonObject,
  type ModelRequest,
  noSampling,
  type OutputFormat,
  type ReasoningEffort,
  type ReasoningWish,
  type Warning,
} from '#gateway/canonical/request.ts'

import { readCacheMark } from './cache-mark.ts'
import { readMessages, readSystem } from './read-messages.ts'
import { readToolChoice, readTools } from './read-tools.ts'

/** Members that other protocols have no place for: each becomes a warning where it is translated. */
const withoutPlace: readonly string[] = [
  ...['container', 'context_management', 'inference_geo', 'mcp_servers', 'speed'],
  'user_profile_id',
]
const efforts: readonly ReasoningEffort[] = ['low', 'medium', 'high', 'xhigh', 'max']
const listLengthMax = 100_000
const fallbackModelsMax = 10

/** Reads a request to `/v1/messages` or `/v1/messages/count_tokens`. */
export function readMessagesRequest({ body }: ClientMessage): ReadRequest {
  const leftovers: Warning[] = []
  for (const name of withoutPlace) {
    if (body[name] === undefined || body[name] === null) continue
    leftovers.push({ param: name, detail: 'It has no counterpart at this provider; left out.' })
  }
  const messages = body['messages']
  if (!Array.isArray(messages)) throw invalid('messages', 'must be a list of messages.')
  if (messages.length > listLengthMax) throw invalid('messages', 'holds too many messages.')
  const choice = readToolChoice(body['tool_choice'])
  const request: ModelRequest = {
    messages: [...readSystem(body['system'], leftovers), ...readMessages(messages, leftovers)],
    tools: readTools(body['tools'], leftovers),
    toolChoice: choice.toolChoice,
    parallelToolCalls: choice.isSingle ? false : null,
    maxOutputTokens: countOf(body, 'max_tokens'),
    sampling: {
      ...noSampling,
      temperature: numberIn(body, 'temperature'),
      topP: numberIn(body, 'top_p'),
      topK: numberIn(body, 'top_k'),
      stop: readStops(body['stop_sequences']),
    },
    format: readFormat(body),
    reasoning: readReasoning(body, leftovers),
    stream: flagOf(body, 'stream'),
    cache: readCacheMark(body['cache_control'], 'cache_control'),
    serviceTier: textIn(body, 'service_tier'),
    user: readUser(body),
    promptCacheKey: null,
    verbosity: null,
    metadata: null,
    outputModalities: null,
    audioOutput: null,
    leftovers,
  }
  return { request, ...readModels(body), provider: body['provider'] ?? undefined }
}

function readModels(body: JsonObject): Pick<ReadRequest, 'model' | 'models'> {
  const model = textIn(body, 'model')
  const name = body['models'] === undefined || body['models'] === null ? 'fallbacks' : 'models'
  const list = body[name]
  if (list === undefined || list === null) return { model, models: null }
  if (!Array.isArray(list) || list.length > fallbackModelsMax) {
    throw invalid(name, `must be a list of at most ${fallbackModelsMax} models.`)
  }
  const models = list.map((entry: unknown, at) => {
    const named = textOf(isObject(entry) ? entry['model'] : entry)
    if (!named) throw invalid(`${name}[${at}]`, 'must name a model.')
    return named
  })
  return { model, models: name === 'fallbacks' && model !== null ? [model, ...models] : models }
}

function readFormat(body: JsonObject): OutputFormat | null {
  const config = body['output_config']
  const inConfig = isObject(config) ? config['format'] : undefined
  const format = inConfig ?? body['output_format']
  const param = inConfig === undefined ? 'output_format' : 'output_config.format'
  if (format === undefined || format === null) return null
  if (!isObject(format)) throw invalid(param, 'must be an object.')
  if (format['type'] !== 'json_schema') throw invalid(`${param}.type`, 'must be "json_schema".')
  const { schema } = format
  if (!isObject(schema)) throw invalid(`${param}.schema`, 'must be a JSON Schema.')
  return { kind: 'schema', name: null, description: null, schema, strict: true }
}

function readReasoning(body: JsonObject, leftovers: Warning[]): ReasoningWish | null {
  const { thinking, output_config: config } = body
  const effort = isObject(config) ? (config['effort'] ?? null) : null
  const known = efforts.find((name) => name === effort) ?? null
  if (known !== effort) {
    const detail = `${JSON.stringify(effort)} is not known here; it was left out.`
    leftovers.push({ param: 'output_config.effort', detail })
  }
  const nothing = { effort: known, budgetTokens: null, isAdaptive: false, summary: null } as const
  if (thinking === undefined || thinking === null) {
    return known === null ? null : { ...nothing, enabled: null, isHidden: false }
  }
  if (!isObject(thinking)) throw invalid('thinking', 'must be an object.')
  const isHidden = thinking['display'] === 'omitted'
  switch (thinking['type']) {
    case 'disabled':
      return { ...nothing, enabled: false, isHidden }
    case 'adaptive':
      return { ...nothing, enabled: true, isAdaptive: true, isHidden }
    case 'enabled': {
      const budgetTokens = countOf(thinking, 'budget_tokens', 'thinking.')
      return { ...nothing, enabled: true, budgetTokens, isHidden }
    }
    default: {
      const type = textOf(thinking['type'])
      if (!type) throw invalid('thinking.type', 'must be text.')
      leftovers.push({ param: 'thinking', detail: `"${type}" is not known here; it was left out.` })
      return { ...nothing, enabled: null, isHidden }
    }
  }
}

function readUser({ metadata }: JsonObject): string | null {
  if (metadata === undefined || metadata === null) return null
  if (!isObject(metadata)) throw invalid('metadata', 'must be an object.')
  return textIn(metadata, 'user_id', 'metadata.')
}

function readStops(value: unknown): readonly string[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw invalid('stop_sequences', 'must be a list of texts.')
  return value.map((stop: unknown, at) => {
    if (typeof stop !== 'string') throw invalid(`stop_sequences[${at}]`, 'must be text.')
    return stop
  })
}

function flagOf(body: JsonObject, name: string): boolean {
  const value = body[name]
  if (value === undefined || value === null) return false
  const flag = booleanOf(value)
  if (flag === null) throw invalid(name, 'must be true or false.')
  return flag
}

function textIn(body: JsonObject, name: string, before = ''): string | null {
  const value = body[name]
  if (value === undefined || value === null) return null
  const text = textOf(value)
  if (text === null) throw invalid(before + name, 'must be text.')
  return text
}

function numberIn(body: JsonObject, name: string, before = ''): number | null {
  const value = body[name]
  if (value === undefined || value === null) return null
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw invalid(before + name, 'must be a number.')
  }
  return value
}

function countOf(body: JsonObject, name: string, before = ''): number | null {
  const count = numberIn(body, name, before)
  if (count === null) return null
  if (!Number.isSafeInteger(count) || count < 0) {
    throw invalid(before + name, 'must be a whole number.')
  }
  return count
}
