import type { Encoding, EncodingTarget } from '#gateway/canonical/provider-protocol.ts'
import type {
  JsonObject,
  ModelRequest,
  OutputFormat,
  Sampling,
  Warning,
} from '#gateway/canonical/request.ts'

import { encodeInput } from './encode-input.ts'
import { alwaysReasons, encodeReasoning, neverReasons } from './encode-reasoning.ts'
import { encodeTools } from './encode-tools.ts'
import { responsesDialect, type ResponsesDialect } from './responses-dialect.ts'
import { serverUrl } from './server-url.ts'

/** Writes a request for the Responses API. Nothing is stored at the provider. */
export function encode(request: ModelRequest, target: EncodingTarget): Encoding {
  const obstacle = impossibleWish(request)
  if (obstacle) return obstacle
  const dialect = responsesDialect(target.provider, target.baseUrl)
  const input = encodeInput(request.messages, dialect)
  if (input.kind === 'impossible') return input
  const limit = outputLimit(request, target, dialect)
  const reasoning = encodeReasoning(request, target)
  const tools = encodeTools(request)
  const sampling = encodeSampling(request, target)
  const include = includedMembers(target, dialect)
  if (sampling.hasLogprobs) include.push('message.output_text.logprobs')
  const { instructions, items } = input
  const body: JsonObject = {
    model: target.upstreamModel,
    ...(instructions === null ? {} : { instructions }),
    input: items,
    stream: request.stream,
    store: false,
    ...(include.length === 0 ? {} : { include }),
    ...(limit.maxTokens === null ? {} : { max_output_tokens: limit.maxTokens }),
    ...sampling.members,
    ...tools.members,
    ...textMember(request),
    ...(reasoning.reasoning === null ? {} : { reasoning: reasoning.reasoning }),
    ...hints(request, dialect),
  }
  const warnings = [
    ...request.leftovers,
    ...input.warnings,
    ...limit.warnings,
    ...sampling.warnings,
    ...tools.warnings,
    ...reasoning.warnings,
  ]
  const url = serverUrl(target.baseUrl, '/responses')
  return { kind: 'encoded', encoded: { url, headers: {}, body, warnings } }
}

function impossibleWish(request: ModelRequest): Encoding | undefined {
  const { choiceCount } = request.sampling
  if (choiceCount !== null && choiceCount > 1) {
    return { kind: 'impossible', param: 'n', detail: 'This provider gives one answer a request.' }
  }
  const other = request.outputModalities?.find((modality) => modality !== 'text')
  if (other !== undefined || request.audioOutput !== null) {
    const detail = `This provider answers with text here, not with ${other ?? 'audio'}.`
    return { kind: 'impossible', param: 'modalities', detail }
  }
  return undefined
}

function outputLimit(
  request: ModelRequest,
  target: EncodingTarget,
  dialect: ResponsesDialect,
): { readonly maxTokens: number | null; readonly warnings: readonly Warning[] } {
  if (target.maxTokens !== null) return { maxTokens: target.maxTokens, warnings: [] }
  const { maxOutputTokens: wished } = request
  const { outputTokensMin: least } = dialect
  if (wished === null || wished >= least) return { maxTokens: wished, warnings: [] }
  const detail = `This provider takes no limit below ${least} tokens; it was told ${least}.`
  return { maxTokens: least, warnings: [{ param: 'max_tokens', detail }] }
}

function includedMembers(target: EncodingTarget, dialect: ResponsesDialect): string[] {
  const isEncrypted = dialect.encryptsReasoning && !neverReasons(target.upstreamModel)
  return isEncrypted ? ['reasoning.encrypted_content'] : []
}

/** By our names of what the protocol has no place for: how the client knows it. */
const missing = {
  topK: 'top_k',
  minP: 'min_p',
  seed: 'seed',
  presencePenalty: 'presence_penalty',
  frequencyPenalty: 'frequency_penalty',
  repetitionPenalty: 'repetition_penalty',
  logitBias: 'logit_bias',
} as const satisfies Partial<Record<keyof Sampling, string>>

function encodeSampling(
  { sampling, reasoning }: ModelRequest,
  { upstreamModel }: EncodingTarget,
): {
  readonly members: JsonObject
  readonly hasLogprobs: boolean
  readonly warnings: readonly Warning[]
} {
  const warnings: Warning[] = []
  const leaveOut = (param: string) => {
    warnings.push({ param, detail: 'The Responses API of this provider has no such parameter.' })
  }
  for (const [name, param] of Object.entries(missing)) {
    const value = sampling[name as keyof typeof missing]
    if (value !== null && value !== 0) leaveOut(param)
  }
  if (sampling.stop.length > 0) leaveOut('stop')
  const isFixed = alwaysReasons(upstreamModel) && reasoning?.effort !== 'none'
  const members: Record<string, number> = {}
  for (const [param, value] of [
    ['temperature', sampling.temperature],
    ['top_p', sampling.topP],
  ] as const) {
    if (value === null) continue
    if (!isFixed) members[param] = value
    else if (value !== 1) {
      warnings.push({ param, detail: 'This model takes none while it reasons; it was left out.' })
    }
  }
  if (sampling.logprobs === true) {
    if (isFixed) leaveOut('logprobs')
    else if (sampling.topLogprobs !== null) members['top_logprobs'] = sampling.topLogprobs
  }
  return { members, hasLogprobs: sampling.logprobs === true && !isFixed, warnings }
}

function textMember({ format, verbosity }: ModelRequest): JsonObject {
  const text = {
    ...(format === null ? {} : { format: encodeFormat(format) }),
    ...(verbosity === null ? {} : { verbosity }),
  }
  return Object.keys(text).length === 0 ? {} : { text }
}

function encodeFormat(format: OutputFormat): JsonObject {
  switch (format.kind) {
    case 'text':
      return { type: 'text' }
    case 'json':
      return { type: 'json_object' }
    default:
      return {
        type: 'json_schema',
        name: format.name ?? 'answer',
        ...(format.description === null ? {} : { description: format.description }),
        schema: format.schema,
        strict: format.strict ?? false,
      }
  }
}

const serviceTiers = new Set(['auto', 'default', 'flex', 'scale', 'priority', 'fast', 'ultrafast'])
const userLengthMax = 64

/** What does not change the answer: who asks, where to look for a cached prompt, how urgent it is. */
function hints(request: ModelRequest, dialect: ResponsesDialect): JsonObject {
  const { serviceTier, promptCacheKey, user } = request
  const userName = dialect.hasSafetyIdentifier ? 'safety_identifier' : 'user'
  return {
    ...(serviceTier !== null && serviceTiers.has(serviceTier) ? { service_tier: serviceTier } : {}),
    ...(promptCacheKey === null ? {} : { prompt_cache_key: promptCacheKey }),
    ...(user === null || user.length > userLengthMax ? {} : { [userName]: user }),
  }
}
