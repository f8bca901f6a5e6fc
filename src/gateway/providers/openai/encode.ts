import type { Encoding, EncodingTarget } from '#gateway/canonical/provider-protocol.ts'
import type { JsonObject, ModelRequest } from '#gateway/canonical/request.ts'

import { dialectOf, everything } from './dialects.ts'
import { encodeMessages } from './encode-messages.ts'
import { encodeMark } from './encode-parts.ts'
import { encodeReasoning, isThinker } from './encode-reasoning.ts'
import { encodeFormat, encodeTools } from './encode-tools.ts'
import { endpointUrl } from './endpoint-url.ts'
import { startWriting, type Writing } from './writing.ts'

/** A request as a chat completion of the server at the target's address. */
export function encodeChat(request: ModelRequest, target: EncodingTarget): Encoding {
  const writing = startWriting(dialectOf(target), request.leftovers)
  const { choiceCount } = request.sampling
  if (choiceCount !== null && choiceCount > 1) {
    writing.refuse('n', 'Several answers cannot be translated; ask for one.')
  }
  const body = chatBody(request, target, writing)
  const refusal = writing.refusal()
  if (refusal) return { kind: 'impossible', ...refusal }
  const { warnings } = writing
  return {
    kind: 'encoded',
    encoded: { url: endpointUrl(target, '/chat/completions'), headers: {}, body, warnings },
  }
}

/**
 * Any request as a chat completion that holds everything which was said: what it is bounded by and counted
 * from, whatever protocol it came in. It is sent to nobody, and is the same for every provider.
 */
export function billingBody(request: ModelRequest, model: string): JsonObject {
  const target = { upstreamModel: model, maxOutputTokens: 0, maxTokens: null }
  return chatBody(request, target, startWriting(everything, []))
}

function chatBody(
  request: ModelRequest,
  target: Pick<EncodingTarget, 'upstreamModel' | 'maxOutputTokens' | 'maxTokens'>,
  writing: Writing,
): JsonObject {
  const { dialect } = writing
  const model = target.upstreamModel
  const { member: format, instruction } = encodeFormat(request.format, writing)
  const messages = encodeMessages(request.messages, writing)
  const maxTokens = target.maxTokens ?? request.maxOutputTokens
  const optional: Record<string, unknown> = {
    ...encodeSampling(request),
    service_tier: request.serviceTier,
    user: request.user,
    prompt_cache_key: request.promptCacheKey,
    verbosity: request.verbosity,
    metadata: request.metadata,
    modalities: request.outputModalities,
    audio: request.audioOutput,
  }
  const body: Record<string, unknown> = {
    model,
    messages:
      instruction === null ? messages : [{ role: 'system', content: instruction }, ...messages],
    ...encodeTools(request, writing),
  }
  if (maxTokens !== null) body[dialect.maxTokens] = maxTokens
  if (format !== null) body['response_format'] = format
  Object.assign(
    body,
    encodeReasoning(request.reasoning, {
      model,
      maxOutputTokens: maxTokens ?? target.maxOutputTokens,
      writing,
    }),
  )
  addOptional(body, optional, { model, writing })
  if (request.cache !== null && dialect.hasCacheMarks) {
    body['cache_control'] = encodeMark(request.cache)
  }
  if (request.stream) {
    body['stream'] = true
    body['stream_options'] = { include_usage: true }
  }
  return body
}

function encodeSampling({ sampling }: ModelRequest): Record<string, unknown> {
  return {
    temperature: sampling.temperature,
    top_p: sampling.topP,
    top_k: sampling.topK,
    min_p: sampling.minP,
    seed: sampling.seed,
    stop: sampling.stop.length === 0 ? null : sampling.stop,
    presence_penalty: sampling.presencePenalty,
    frequency_penalty: sampling.frequencyPenalty,
    repetition_penalty: sampling.repetitionPenalty,
    logit_bias: sampling.logitBias,
    logprobs: sampling.logprobs,
    top_logprobs: sampling.logprobs === true ? sampling.topLogprobs : null,
    n: sampling.choiceCount,
  }
}

/** What a model of OpenAI that thinks answers 400 to. */
const refusedByThinkers: ReadonlySet<string> = new Set([
  ...['temperature', 'top_p', 'presence_penalty', 'frequency_penalty', 'logprobs', 'top_logprobs'],
  ...['logit_bias', 'stop'],
])

function addOptional(
  body: Record<string, unknown>,
  optional: Readonly<Record<string, unknown>>,
  { model, writing }: { model: string; writing: Writing },
): void {
  const { dialect } = writing
  const isBound = dialect.reasoning === 'openai' && isThinker(model)
  for (const [name, value] of Object.entries(optional)) {
    if (value === null || dialect.leavesOut.has(name)) continue
    if (dialect.refuses.has(name)) {
      if (!isDefault(name, value))
        writing.warn(name, `This provider has no "${name}": it was left out.`)
    } else if (isBound && refusedByThinkers.has(name)) {
      if (!isDefault(name, value))
        writing.warn(name, `This model takes no "${name}": it was left out.`)
    } else body[dialect.renames[name] ?? name] = value
  }
}

/** Values that say what holds anyway. */
function isDefault(name: string, value: unknown): boolean {
  switch (name) {
    case 'service_tier':
      return value === 'auto' || value === 'default' || value === 'standard'
    case 'temperature':
    case 'top_p':
    case 'repetition_penalty':
      return value === 1
    case 'presence_penalty':
    case 'frequency_penalty':
    case 'min_p':
      return value === 0
    case 'logprobs':
      return value === false
    case 'verbosity':
      return value === 'medium'
    case 'modalities':
      return Array.isArray(value) && value.length === 1 && value[0] === 'text'
    default:
      return false
  }
}
