import type { AnswerFacts } from '#gateway/canonical/client-protocol.ts'
import type { FinishReason } from '#gateway/canonical/delta.ts'
import { isObject, objectOf } from '#gateway/canonical/json.ts'
import type { JsonObject, Warning } from '#gateway/canonical/request.ts'

import { responseIdOf } from './response-ids.ts'

/** What changes of a response object while it is answered. */
export interface ResponseState {
  readonly status: 'in_progress' | 'completed' | 'incomplete' | 'failed'
  readonly error: JsonObject | null
  readonly incompleteReason: string | null
  /** JSON text of the list of output items. */
  readonly outputText: string
  /** JSON text, or `null`. */
  readonly usageText: string
  readonly warnings: readonly Warning[]
}

/** The state before anything was said. */
export const inProgress: ResponseState = {
  status: 'in_progress',
  error: null,
  incompleteReason: null,
  outputText: '[]',
  usageText: 'null',
  warnings: [],
}

/** Writes the response objects of one answer; what never changes is made into text once. */
export function responseObjects(facts: AnswerFacts): (state: ResponseState) => string {
  const head = JSON.stringify({
    id: responseIdOf(facts.id),
    object: 'response',
    created_at: facts.createdAtSeconds,
  }).slice(0, -1)
  const rest = JSON.stringify(repeatedMembers(facts)).slice(0, -1)
  return ({ status, error, incompleteReason, outputText, usageText, warnings }) => {
    const incomplete = incompleteReason === null ? null : { reason: incompleteReason }
    return (
      `${head},"status":"${status}","error":${JSON.stringify(error)}` +
      `,"incomplete_details":${JSON.stringify(incomplete)},"output":${outputText}` +
      `,${rest.slice(1)},"usage":${usageText}${metadataText(warnings)}}`
    )
  }
}

/** Our member with what the client's developer should know; empty when there is nothing. */
export function metadataText(warnings: readonly Warning[]): string {
  if (warnings.length === 0) return ''
  return `,"codelace_metadata":${JSON.stringify({ warnings })}`
}

/** The request as this protocol repeats it in every answer. */
function repeatedMembers({ body, model, provider }: AnswerFacts): JsonObject {
  const said = (name: string, otherwise: unknown) => body[name] ?? otherwise
  const text = objectOf(body['text'])
  const reasoning = objectOf(body['reasoning'])
  return {
    background: false,
    instructions: said('instructions', null),
    max_output_tokens: said('max_output_tokens', null),
    max_tool_calls: said('max_tool_calls', null),
    model,
    parallel_tool_calls: said('parallel_tool_calls', true),
    previous_response_id: said('previous_response_id', null),
    prompt_cache_key: said('prompt_cache_key', null),
    provider,
    reasoning: { effort: reasoning['effort'] ?? null, summary: reasoning['summary'] ?? null },
    safety_identifier: said('safety_identifier', null),
    service_tier: said('service_tier', 'default'),
    store: said('store', true),
    temperature: said('temperature', null),
    text: { ...text, format: isObject(text['format']) ? text['format'] : { type: 'text' } },
    tool_choice: said('tool_choice', 'auto'),
    tools: said('tools', []),
    top_logprobs: said('top_logprobs', 0),
    top_p: said('top_p', null),
    truncation: said('truncation', 'disabled'),
    user: said('user', null),
    metadata: said('metadata', {}),
  }
}

/** How a finish reason is said here. `failed`: the model's answer ended in an error. */
export function endOf(finish: FinishReason | null): {
  readonly status: 'completed' | 'incomplete' | 'failed'
  readonly incompleteReason: string | null
} {
  switch (finish) {
    case 'length':
      return { status: 'incomplete', incompleteReason: 'max_output_tokens' }
    case 'content_filter':
      return { status: 'incomplete', incompleteReason: 'content_filter' }
    case 'error':
      return { status: 'failed', incompleteReason: null }
    default:
      return { status: 'completed', incompleteReason: null }
  }
}

/** The `error` of a response whose model gave up. The AI SDK insists on a type. */
export const modelGaveUp: JsonObject = {
  type: 'server_error',
  code: 'server_error',
  message: 'The model ended its answer with an error.',
}
