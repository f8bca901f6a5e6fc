import type { Said, ScriptedAnswer } from '#test/translation/scripted-answer.ts'

const stopReasons = {
  stop: 'end_turn',
  length: 'max_tokens',
  tool_calls: 'tool_use',
  content_filter: 'refusal',
} as const

/** A message. */
export function anthropicWhole(answer: ScriptedAnswer): unknown {
  return {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'upstream-model',
    content: answer.said.map((said) => block(said)),
    stop_reason: stopReasons[answer.finish],
    stop_sequence: null,
    usage: usageOf(answer),
  }
}

function block(said: Said): unknown {
  const text = said.pieces.join('')
  if (said.kind === 'text') return { type: 'text', text }
  if (said.kind === 'reasoning') {
    return { type: 'thinking', thinking: text, signature: said.signature }
  }
  return { type: 'tool_use', id: said.id, name: said.name, input: JSON.parse(text) }
}

/** The same as events, with a ping among them. */
export function anthropicStream(answer: ScriptedAnswer): readonly string[] {
  const { input_tokens, cache_read_input_tokens, cache_creation_input_tokens } = usageOf(answer)
  const message = {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'upstream-model',
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: {
      input_tokens,
      cache_read_input_tokens,
      cache_creation_input_tokens,
      output_tokens: 1,
    },
  }
  return [
    event({ type: 'message_start', message }),
    event({ type: 'ping' }),
    ...answer.said.flatMap((said, index) => blockEvents(said, index)),
    event({
      type: 'message_delta',
      delta: { stop_reason: stopReasons[answer.finish], stop_sequence: null },
      usage: { output_tokens: answer.completionTokens },
    }),
    event({ type: 'message_stop' }),
  ]
}

function blockEvents(said: Said, index: number): readonly string[] {
  const deltas = said.pieces.map((piece) => {
    if (said.kind === 'text') return { type: 'text_delta', text: piece }
    if (said.kind === 'reasoning') return { type: 'thinking_delta', thinking: piece }
    return { type: 'input_json_delta', partial_json: piece }
  })
  const signed =
    said.kind === 'reasoning'
      ? [...deltas, { type: 'signature_delta', signature: said.signature }]
      : deltas
  return [
    event({ type: 'content_block_start', index, content_block: start(said) }),
    ...signed.map((delta) => event({ type: 'content_block_delta', index, delta })),
    event({ type: 'content_block_stop', index }),
  ]
}

function start(said: Said): unknown {
  if (said.kind === 'text') return { type: 'text', text: '' }
  if (said.kind === 'reasoning') return { type: 'thinking', thinking: '', signature: '' }
  return { type: 'tool_use', id: said.id, name: said.name, input: {} }
}

function event(value: { readonly type: string; readonly [name: string]: unknown }): string {
  return `event: ${value.type}\ndata: ${JSON.stringify(value)}\n\n`
}

function usageOf(answer: ScriptedAnswer) {
  return {
    input_tokens: answer.promptTokens - answer.cachedTokens,
    cache_read_input_tokens: answer.cachedTokens,
    cache_creation_input_tokens: 0,
    output_tokens: answer.completionTokens,
    output_tokens_details: { thinking_tokens: answer.reasoningTokens },
  }
}
