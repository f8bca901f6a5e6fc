import type { JsonObject } from '#adapters/simulated/json-values.ts'
import { isObject, listOrEmpty, objectOrEmpty } from '#adapters/simulated/json-values.ts'
import { isOurSignature } from '#adapters/simulated/reasoning.ts'
import { refuse, type Refusal } from '#adapters/simulated/refusal.ts'
import { textOf } from '#adapters/simulated/request.ts'

/** What Anthropic refuses that the chat protocol allows. */
export function anthropicRefusal(body: JsonObject): Refusal | undefined {
  if (body['max_tokens'] === undefined) return refuse('max_tokens: Field required', 'max_tokens')
  for (const [place, message] of listOrEmpty(body['messages']).entries()) {
    const blocks = listOrEmpty(objectOrEmpty(message)['content']).filter(isObject)
    const param = `messages.${place}`
    const isForeign = ({ type, signature }: JsonObject) =>
      type === 'thinking' && !(typeof signature === 'string' && isOurSignature(signature))
    if (blocks.some(isForeign)) {
      return refuse(`${param}: Invalid \`signature\` in \`thinking\` block`, param)
    }
    if (blocks.some(({ type, text }) => type === 'text' && text === '')) {
      return refuse(`${param}: text content blocks must be non-empty`, param)
    }
  }
  return undefined
}

/** A request for `/v1/messages` in the chat protocol, which the simulation understands. */
export function chatOfAnthropic(body: JsonObject): JsonObject {
  const tools = listOrEmpty(body['tools']).filter(isObject).flatMap(toolOf)
  const system = textOf(body['system'])
  return {
    model: body['model'],
    stream: body['stream'],
    stream_options: { include_usage: true },
    messages: [
      ...(system === '' ? [] : [{ role: 'system', content: system }]),
      ...listOrEmpty(body['messages']).filter(isObject).flatMap(messagesOf),
    ],
    ...(tools.length === 0 ? {} : { tools }),
    ...choiceOf(objectOrEmpty(body['tool_choice'])),
    max_tokens: body['max_tokens'],
    ...(body['stop_sequences'] === undefined ? {} : { stop: body['stop_sequences'] }),
    ...(body['sim'] === undefined ? {} : { sim: body['sim'] }),
    ...formatOf(objectOrEmpty(objectOrEmpty(body['output_config'])['format'])),
    reasoning: reasoningOf(objectOrEmpty(body['thinking'])),
  }
}

function messagesOf({ role, content }: JsonObject): JsonObject[] {
  if (typeof content === 'string') return [{ role, content }]
  const blocks = listOrEmpty(content).filter(isObject)
  if (role === 'assistant') return [assistantOf(blocks)]
  const results = blocks
    .filter(({ type }) => type === 'tool_result')
    .map((block) => ({
      role: 'tool',
      tool_call_id: block['tool_use_id'],
      content: textOf(block['content']),
    }))
  const rest = blocks.filter(({ type }) => type !== 'tool_result')
  return rest.length === 0 ? results : [...results, { role, content: rest }]
}

function assistantOf(blocks: readonly JsonObject[]): JsonObject {
  const calls = blocks
    .filter(({ type }) => type === 'tool_use')
    .map(({ id, name, input }) => ({
      id,
      type: 'function',
      function: { name, arguments: JSON.stringify(input ?? {}) },
    }))
  const thoughts = blocks
    .filter(({ type }) => type === 'thinking')
    .map(({ thinking, signature }) => ({ type: 'reasoning.text', text: thinking, signature }))
  return {
    role: 'assistant',
    content: textOf(blocks.filter(({ type }) => type === 'text')),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
    ...(thoughts.length === 0 ? {} : { reasoning_details: thoughts }),
  }
}

function toolOf({ name, description, input_schema: parameters }: JsonObject): JsonObject[] {
  // Tools that Anthropic runs itself have no schema.
  if (parameters === undefined) return []
  return [{ type: 'function', function: { name, description, parameters } }]
}

function choiceOf({ type, name, disable_parallel_tool_use: isSingle }: JsonObject): JsonObject {
  const parallel = isSingle === true ? { parallel_tool_calls: false } : {}
  if (type === 'any') return { tool_choice: 'required', ...parallel }
  if (type === 'none') return { tool_choice: 'none' }
  if (type === 'tool') return { tool_choice: { type: 'function', function: { name } }, ...parallel }
  return parallel
}

function formatOf({ type, schema }: JsonObject): JsonObject {
  if (type !== 'json_schema') return {}
  return { response_format: { type: 'json_schema', json_schema: { name: 'answer', schema } } }
}

/** Nobody thinks here who was not asked to. */
function reasoningOf({ type, display }: JsonObject): JsonObject {
  return { enabled: type === 'enabled' || type === 'adaptive', exclude: display === 'omitted' }
}
