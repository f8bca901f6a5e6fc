import type { Answer, AnswerChoice } from '#adapters/simulated/answer.ts'
import type { JsonObject } from '#adapters/simulated/json-values.ts'
import type { ToolCall } from '#adapters/simulated/tool-calls.ts'
import { splitTokens } from '#adapters/simulated/words.ts'

import type { StreamEvent } from './chat-encode.ts'
import { type Counts, countsOf } from './counts.ts'

/** The answer as one message of Anthropic's. It has no further choices. */
export function anthropicJson(answer: Answer): string {
  const [choice] = answer.choices
  const counts = countsOf(answer)
  return JSON.stringify({
    ...head(answer),
    content: choice ? blocksOf(choice).map(({ whole }) => whole) : [],
    ...endOf(choice),
    ...(counts === null ? {} : { usage: usageOf(counts, counts.completion) }),
  })
}

/** The answer as events: blocks one after the other, counts at both ends. */
export function* anthropicEvents(answer: Answer): Generator<StreamEvent> {
  const [choice] = answer.choices
  const counts = countsOf(answer)
  const started = {
    ...head(answer),
    content: [],
    stop_reason: null,
    stop_sequence: null,
    ...(counts === null ? {} : { usage: usageOf(counts, 1) }),
  }
  yield plain('message_start', { message: started })
  yield plain('ping', {})
  for (const [index, { start, deltas }] of (choice ? blocksOf(choice) : []).entries()) {
    yield plain('content_block_start', { index, content_block: start })
    for (const delta of deltas) {
      yield { data: event('content_block_delta', { index, delta }), isContent: true }
    }
    yield plain('content_block_stop', { index })
  }
  const usage = counts === null ? {} : { usage: usageOf(counts, counts.completion) }
  yield plain('message_delta', { delta: endOf(choice), ...usage })
  yield { ...plain('message_stop', {}), isEnd: true }
}

/** An error as an event. */
export function anthropicErrorEvent(body: JsonObject): string {
  return `event: error\ndata: ${JSON.stringify(body)}\n\n`
}

const errorTypes: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
}

/** An error in Anthropic's envelope. */
export function anthropicError(status: number, message: string): JsonObject {
  const type = errorTypes[status] ?? (status < 500 ? 'invalid_request_error' : 'api_error')
  return { type: 'error', error: { type, message }, request_id: 'req_simulated' }
}

/** One block, whole and as it is streamed. */
interface Block {
  readonly whole: JsonObject
  readonly start: JsonObject
  readonly deltas: readonly JsonObject[]
}

function blocksOf({ thought, pieces, calls }: AnswerChoice): readonly Block[] {
  const blocks: Block[] = []
  if (thought !== null) {
    const shown = thought.isHidden ? [] : thought.pieces
    const { signature } = thought
    blocks.push({
      whole: { type: 'thinking', thinking: shown.join(''), signature },
      start: { type: 'thinking', thinking: '', signature: '' },
      deltas: [
        ...shown.map((thinking) => ({ type: 'thinking_delta', thinking })),
        { type: 'signature_delta', signature },
      ],
    })
  }
  const text = pieces.join('')
  if (text !== '') {
    blocks.push({
      whole: { type: 'text', text },
      start: { type: 'text', text: '' },
      deltas: pieces.map((piece) => ({ type: 'text_delta', text: piece })),
    })
  }
  return [...blocks, ...calls.map(callBlock)]
}

function callBlock({ id, name, argumentsText }: ToolCall): Block {
  const input: unknown = JSON.parse(argumentsText)
  const toolId = `toolu_${id}`
  return {
    whole: { type: 'tool_use', id: toolId, name, input },
    start: { type: 'tool_use', id: toolId, name, input: {} },
    deltas: splitTokens(argumentsText).map((piece) => ({
      type: 'input_json_delta',
      partial_json: piece,
    })),
  }
}

function head({ id, model }: Answer): JsonObject {
  return { id: id.replace('chatcmpl-', 'msg_'), type: 'message', role: 'assistant', model }
}

const stopReasons: Readonly<Record<string, string>> = {
  stop: 'end_turn',
  length: 'max_tokens',
  tool_calls: 'tool_use',
  content_filter: 'refusal',
}

function endOf(choice: AnswerChoice | undefined): JsonObject {
  const { finishReason = 'stop', stoppedBy = null } = choice ?? {}
  const reason = stoppedBy === null ? (stopReasons[finishReason] ?? finishReason) : 'stop_sequence'
  return { stop_reason: reason, stop_sequence: stoppedBy }
}

/** Counts as Anthropic tells them: what was cached stands beside the rest of the prompt. */
function usageOf({ prompt, cached }: Counts, outputTokens: number): JsonObject {
  return {
    input_tokens: prompt - cached,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: cached,
    output_tokens: outputTokens,
    service_tier: 'standard',
  }
}

function plain(type: string, members: JsonObject): StreamEvent {
  return { data: event(type, members), isContent: false }
}

function event(type: string, members: JsonObject): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...members })}\n\n`
}
