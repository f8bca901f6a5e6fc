import type { Answer } from '#adapters/simulated/answer.ts'
import { answeredAtSeconds } from '#adapters/simulated/answer.ts'
import type { JsonObject } from '#adapters/simulated/json-values.ts'
import { listOrEmpty } from '#adapters/simulated/json-values.ts'

import { eventOf, type StreamEvent, type StreamForm } from './chat-encode.ts'

/** A legacy completion in the chat protocol: its prompt is what the user says. */
export function chatOfCompletion(body: JsonObject): JsonObject {
  const { prompt, ...rest } = body
  const texts = typeof prompt === 'string' ? [prompt] : listOrEmpty(prompt)
  return { ...rest, messages: [{ role: 'user', content: texts.join('\n') }], tools: [] }
}

/** The answer as a legacy completion. */
export function completionJson(answer: Answer): string {
  const choices = answer.choices.map(({ pieces, finishReason }, index) => ({
    index,
    text: pieces.join(''),
    logprobs: null,
    finish_reason: finishReason,
  }))
  const usage = answer.usage === null ? {} : { usage: answer.usage }
  return JSON.stringify({ ...head(answer), choices, ...usage })
}

/** The answer as events of a legacy completion. */
export function* completionEvents(answer: Answer, form: StreamForm): Generator<StreamEvent> {
  const write = (rest: JsonObject) => eventOf({ ...head(answer), ...rest })
  for (const [index, { pieces, finishReason }] of answer.choices.entries()) {
    const choice = { index, logprobs: null }
    for (const text of pieces) {
      const data = write({ choices: [{ ...choice, text, finish_reason: null }] })
      yield { data, isContent: true }
    }
    const last = { ...choice, text: '', finish_reason: finishReason }
    yield { data: write({ choices: [last] }), isContent: false }
  }
  if (form.includeUsage && answer.usage !== null) {
    yield { data: write({ choices: [], usage: answer.usage }), isContent: false }
  }
  if (form.done) yield { data: 'data: [DONE]\n\n', isContent: false, isEnd: true }
}

function head({ id, model }: Answer): JsonObject {
  const cmplId = id.replace('chatcmpl-', 'cmpl-')
  return { id: cmplId, object: 'text_completion', created: answeredAtSeconds, model }
}
