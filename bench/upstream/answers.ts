/** What the upstream says, in the exact shape of an OpenAI-compatible provider, and of Anthropic's. */

const created = 1_760_000_000
const id = 'chatcmpl-B7rXk2mZ9qLw4tYc'
const fingerprint = 'fp_3f58d112f7'
const model = 'bench-model'

/** The tokens that an answer reports. The request is about 1.6 KB, the answer about 0.5 KB. */
const answerUsage = {
  prompt_tokens: 388,
  completion_tokens: 31,
  total_tokens: 419,
  prompt_tokens_details: { cached_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 0 },
} as const

/** A whole answer of about 0.5 KB, without a quote or dollar sign that a configuration would need to mask. */
export const answerText = JSON.stringify({
  id,
  object: 'chat.completion',
  created,
  model,
  choices: [
    {
      index: 0,
      message: {
        role: 'assistant',
        content:
          'The second sample is the smaller one: it weighs 41 grams, the first one 57 grams, so it is lighter by 16 grams.',
        refusal: null,
      },
      logprobs: null,
      finish_reason: 'stop',
    },
  ],
  usage: answerUsage,
  system_fingerprint: fingerprint,
})

/** How the upstream paces a stream. */
export interface StreamPace {
  readonly intervalMs: number
  readonly chunks: number
}

/** The path of a base URL whose streams are paced so: the pace travels in the path, through any gateway. */
export function pacedBasePath(pace: StreamPace): string {
  return `/${pace.intervalMs}/${pace.chunks}/v1`
}

/** Reads the pace out of a request's path; undefined when there is none. */
export function paceOfPath(path: string): StreamPace | undefined {
  const match = /^\/(\d{1,6})\/(\d{1,6})\//.exec(path)
  return match ? { intervalMs: Number(match[1]), chunks: Number(match[2]) } : undefined
}

function event(choices: readonly object[], more: object = {}): string {
  const chunk = {
    id,
    object: 'chat.completion.chunk',
    created,
    model,
    system_fingerprint: fingerprint,
    choices,
    ...more,
  }
  return `data: ${JSON.stringify(chunk)}\n\n`
}

/** The event that opens a stream, with the first piece of the answer. */
export const firstEvent = event([
  {
    index: 0,
    delta: { role: 'assistant', content: 'The', refusal: null },
    logprobs: null,
    finish_reason: null,
  },
])

/** Every event between the first and the end: one piece of the answer, about 0.2 KB. */
export const middleEvent = event([
  { index: 0, delta: { content: ' gram' }, logprobs: null, finish_reason: null },
])

/** The end of a stream of so many chunks: the reason, the usage and the end mark, as three events. */
export function closingEvents(chunks: number): string {
  const usage = {
    ...answerUsage,
    completion_tokens: chunks,
    total_tokens: answerUsage.prompt_tokens + chunks,
  }
  const reason = event([{ index: 0, delta: {}, logprobs: null, finish_reason: 'stop' }])
  return `${reason}${event([], { usage })}data: [DONE]\n\n`
}

function named(event: { readonly type: string; readonly [member: string]: unknown }): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`
}

/** A stream of the Messages protocol (https://docs.anthropic.com/en/api/messages-streaming), at the same pace. */
export const messagesFirstEvents =
  named({
    type: 'message_start',
    message: {
      ...{ id: 'msg_01B7rXk2mZ9qLw4tYc', type: 'message', role: 'assistant', model },
      ...{ content: [], stop_reason: null, stop_sequence: null },
      usage: { input_tokens: answerUsage.prompt_tokens, output_tokens: 1 },
    },
  }) +
  named({
    type: 'content_block_start',
    index: 0,
    content_block: { type: 'text', text: '' },
  }) +
  textEvent('The')

/** Every event between the first and the end: one piece of the answer, about 0.12 KB. */
export const messagesMiddleEvent = textEvent(' gram')

function textEvent(text: string): string {
  const event = { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } }
  return named(event)
}

/** The end of such a stream of so many pieces. */
export function messagesClosingEvents(chunks: number): string {
  const stop = { type: 'content_block_stop', index: 0 }
  const delta = {
    type: 'message_delta',
    delta: { stop_reason: 'end_turn', stop_sequence: null },
    usage: { output_tokens: chunks },
  }
  return named(stop) + named(delta) + named({ type: 'message_stop' })
}
