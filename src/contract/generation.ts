import type { GenerationContent, GenerationRecord } from '#domain/generation.ts'
import { usdNumberForWire } from '#domain/money.ts'

/** One line of the request log, in OpenRouter's words, with ours beside them. */
export function generationAnswer(record: GenerationRecord): Readonly<Record<string, unknown>> {
  const { usage, timeToFirstTokenMs, latencyMs } = record
  const cost = usdNumberForWire(record.costNanoUsd)
  return {
    id: record.id,
    upstream_id: record.upstreamId,
    api_type: 'completions',
    model: record.resolvedModel,
    requested_model: record.requestedModel,
    upstream_model: record.upstreamModel,
    provider_name: record.provider,
    provider_responses: record.routingPath.map((attempt) => ({
      provider_name: attempt.provider,
      model: attempt.upstreamModel,
      started_at: new Date(attempt.startedAtMs).toISOString(),
      status: attempt.status,
      latency: attempt.latencyMs,
      error_class: attempt.errorClass,
      is_byok: attempt.credentialId !== undefined,
    })),
    created_at: new Date(record.createdAtMs).toISOString(),
    streamed: record.streamed,
    cancelled: record.outcome === 'client_gone',
    outcome: record.outcome,
    status: record.status,
    error_code: record.faultCode,
    finish_reason: record.finishReason,
    native_finish_reason: record.finishReason,
    tokens_prompt: usage.promptTokens,
    tokens_completion: usage.completionTokens,
    native_tokens_prompt: usage.promptTokens,
    native_tokens_completion: usage.completionTokens,
    native_tokens_reasoning: usage.reasoningTokens,
    native_tokens_cached: usage.cachedTokens,
    native_tokens_cache_write: usage.cacheWriteTokens + usage.cacheWrite1hTokens,
    usage_source: record.usageSource,
    usage: cost,
    total_cost: cost,
    upstream_inference_cost:
      record.own === undefined ? null : usdNumberForWire(record.own.upstreamNanoUsd),
    price_version: record.priceVersionId,
    is_byok: record.own !== undefined,
    latency: timeToFirstTokenMs ?? latencyMs,
    generation_time: timeToFirstTokenMs === null ? latencyMs : latencyMs - timeToFirstTokenMs,
    total_latency: latencyMs,
    user_agent: record.userAgent,
    client_ip: record.clientIp,
    content_mode: record.contentMode,
  }
}

type JsonObject = Readonly<Record<string, unknown>>

/**
 * What was sent and what came back. The output is read from the answer as the upstream sent it; where it
 * cannot be read as a chat's (it is none, it broke, or it was cut to the size that is kept), `raw` has its text.
 */
export function contentAnswer(content: {
  request: string
  response: string
  streamed: GenerationContent['streamed']
}): Readonly<Record<string, unknown>> {
  const request = parseOrUndefined(content.request)
  const chunks = content.streamed
    ? chunksOf(content.response)
    : [parseOrUndefined(content.response)]
  const output = { completion: '', reasoning: '', tool_calls: [] as unknown[] }
  let wasRead = false
  let error: unknown = null
  for (const chunk of chunks) {
    if (!isObject(chunk)) continue
    wasRead ||= Array.isArray(chunk['choices']) || chunk['error'] !== undefined
    error ??= chunk['error'] ?? null
    const choice = Array.isArray(chunk['choices']) ? (chunk['choices'] as unknown[])[0] : undefined
    const message = isObject(choice) ? (choice['message'] ?? choice['delta']) : undefined
    if (isObject(message)) addMessage(output, message)
  }
  return {
    input: { messages: isObject(request) ? request['messages'] : null, request: request ?? null },
    output: {
      completion: output.completion === '' ? null : output.completion,
      reasoning: output.reasoning === '' ? null : output.reasoning,
      tool_calls: output.tool_calls,
      raw: wasRead ? null : content.response,
    },
    error,
  }
}

function addMessage(
  output: { completion: string; reasoning: string; tool_calls: unknown[] },
  message: JsonObject,
): void {
  const content = message['content']
  if (typeof content === 'string') output.completion += content
  else if (content !== null && content !== undefined) output.completion += JSON.stringify(content)
  const reasoning = message['reasoning_content'] ?? message['reasoning']
  if (typeof reasoning === 'string') output.reasoning += reasoning
  const calls = message['tool_calls']
  if (Array.isArray(calls)) for (const call of calls) addCall(output.tool_calls, call)
}

/** Pieces of one call share its index; the later ones add to its arguments. */
function addCall(calls: unknown[], piece: unknown): void {
  if (!isObject(piece)) return
  const index = piece['index']
  const known = calls.find(
    (call) => isObject(call) && index !== undefined && call['index'] === index,
  )
  if (!isObject(known)) {
    calls.push({ ...piece })
    return
  }
  const more = isObject(piece['function']) ? piece['function']['arguments'] : undefined
  const before = isObject(known['function']) ? known['function'] : {}
  const joined = `${textOf(before['arguments'])}${textOf(more)}`
  calls[calls.indexOf(known)] = { ...known, function: { ...before, arguments: joined } }
}

function chunksOf(stream: string): readonly unknown[] {
  return stream
    .split(/\r\n|\r|\n/)
    .filter((line) => line.startsWith('data:'))
    .map((line) => parseOrUndefined(line.slice(5)))
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
