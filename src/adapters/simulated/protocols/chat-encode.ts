import type { Answer, AnswerChoice } from '#adapters/simulated/answer.ts'
import { answeredAtSeconds } from '#adapters/simulated/answer.ts'
import type { JsonObject } from '#adapters/simulated/json-values.ts'
import type { ToolCall } from '#adapters/simulated/tool-calls.ts'
import { splitTokens } from '#adapters/simulated/words.ts'

const systemFingerprint = 'fp_simulated'

/** The answer as one JSON body. */
export function answerJson(answer: Answer): string {
  return JSON.stringify({
    id: answer.id,
    object: 'chat.completion',
    created: answeredAtSeconds,
    model: answer.model,
    choices: answer.choices.map((choice, index) => ({
      index,
      message: messageOf(choice),
      logprobs: null,
      finish_reason: choice.finishReason,
    })),
    ...(answer.usage === null ? {} : { usage: answer.usage }),
    system_fingerprint: systemFingerprint,
  })
}

/** How a stream shall be written. */
export interface StreamForm {
  /** Whether the usage chunk was asked for. */
  readonly includeUsage: boolean
  /** Whether `[DONE]` closes the stream. */
  readonly done: boolean
}

/** One event of a stream, and whether it carries a piece of the answer. */
export interface StreamEvent {
  readonly data: string | Uint8Array
  readonly isContent: boolean
  /** What proves that the stream is whole. */
  readonly isEnd?: true
}

/**
 * The answer as server-sent events: for each choice a first delta with the role, the pieces one by one,
 * then the finish reason; then the usage, and the end. Made one at a time, as they are taken.
 */
export function* answerEvents(answer: Answer, form: StreamForm): Generator<StreamEvent> {
  const usage = form.includeUsage ? { usage: null } : {}
  for (const [index, choice] of answer.choices.entries()) {
    const write = (delta: JsonObject) => {
      const one = { index, delta, logprobs: null, finish_reason: null }
      return chunk(answer, { choices: [one], ...usage })
    }
    yield { data: write(firstDelta(choice)), isContent: false }
    for (const text of writtenThought(choice, write)) yield { data: text, isContent: true }
    for (const text of writtenPieces(choice, write)) yield { data: text, isContent: true }
    const last = { index, delta: {}, logprobs: null, finish_reason: choice.finishReason }
    yield { data: chunk(answer, { choices: [last], ...usage }), isContent: false }
  }
  if (form.includeUsage && answer.usage !== null) {
    yield { data: chunk(answer, { choices: [], usage: answer.usage }), isContent: false }
  }
  if (form.done) yield { data: 'data: [DONE]\n\n', isContent: false, isEnd: true }
}

/** One event with any object as its data. */
export function eventOf(data: JsonObject): string {
  return `data: ${JSON.stringify(data)}\n\n`
}

function chunk(answer: Answer, rest: JsonObject): string {
  return eventOf({
    id: answer.id,
    object: 'chat.completion.chunk',
    created: answeredAtSeconds,
    model: answer.model,
    system_fingerprint: systemFingerprint,
    ...rest,
  })
}

function firstDelta(choice: AnswerChoice): JsonObject {
  return choice.calls.length === 0
    ? { role: 'assistant', content: '', refusal: null }
    : { role: 'assistant', content: null }
}

/** Thoughts as OpenRouter tells them: the text twice, and at the end the signature. */
function* writtenThought(
  { thought }: AnswerChoice,
  write: (delta: JsonObject) => string,
): Generator<string> {
  if (thought === null) return
  for (const reasoning of thought.isHidden ? [] : thought.pieces) {
    yield write({ reasoning, reasoning_details: [{ ...detail, text: reasoning }] })
  }
  yield write({ reasoning_details: [{ ...detail, signature: thought.signature }] })
}

const detail = { type: 'reasoning.text', format: 'unknown', index: 0 }

function thoughtOf({ thought }: AnswerChoice): JsonObject {
  if (thought === null) return {}
  const { signature } = thought
  if (thought.isHidden) return { reasoning_details: [{ ...detail, signature }] }
  const text = thought.pieces.join('')
  return { reasoning: text, reasoning_details: [{ ...detail, text, signature }] }
}

function* writtenPieces(
  choice: AnswerChoice,
  write: (delta: JsonObject) => string,
): Generator<string> {
  // Events of one text differ in the text alone, so the rest is written once.
  const [before = '', after = ''] = write({ content: '\0' }).split('"\\u0000"')
  for (const piece of choice.pieces) yield before + JSON.stringify(piece) + after
  for (const [index, call] of choice.calls.entries()) {
    const start = callForm(call, { name: call.name, text: '' })
    yield write({ tool_calls: [{ index, id: call.id, ...start }] })
    for (const text of splitTokens(call.argumentsText)) {
      const part = call.kind === 'custom' ? { custom: { input: text } } : argumentsPart(text)
      yield write({ tool_calls: [{ index, ...part }] })
    }
  }
}

function argumentsPart(text: string): JsonObject {
  return { function: { arguments: text } }
}

function messageOf(choice: AnswerChoice): JsonObject {
  if (choice.calls.length === 0) {
    const content = choice.pieces.join('')
    return { role: 'assistant', content, refusal: null, ...thoughtOf(choice) }
  }
  return {
    role: 'assistant',
    content: null,
    refusal: null,
    ...thoughtOf(choice),
    tool_calls: choice.calls.map((call) => ({
      id: call.id,
      ...callForm(call, { name: call.name, text: call.argumentsText }),
    })),
  }
}

function callForm(call: ToolCall, parts: { name: string; text: string }): JsonObject {
  return call.kind === 'custom'
    ? { type: 'custom', custom: { name: parts.name, input: parts.text } }
    : { type: 'function', function: { name: parts.name, arguments: parts.text } }
}
