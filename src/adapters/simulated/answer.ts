import { instanceOf } from './json-instance.ts'
import type { JsonObject } from './json-values.ts'
import { objectOrEmpty } from './json-values.ts'
import { type Thought, thoughtAbout } from './reasoning.ts'
import type { Refusal } from './refusal.ts'
import type { SimulatedRequest } from './request.ts'
import type { ToolCall } from './tool-calls.ts'
import { decideCalls } from './tool-calls.ts'
import { countTokens, splitTokens } from './words.ts'

/** One choice of an answer: what was thought, then the pieces of its text, or the tools it calls. */
export interface AnswerChoice {
  readonly thought: Thought | null
  readonly pieces: readonly string[]
  readonly calls: readonly ToolCall[]
  readonly finishReason: string
  /** The text of `stop` before which it ends. */
  readonly stoppedBy: string | null
}

/** A whole answer, not yet in JSON or events. */
export interface Answer {
  readonly id: string
  readonly model: string
  readonly choices: readonly AnswerChoice[]
  /** Null: none is sent. */
  readonly usage: JsonObject | null
}

/** When every simulated answer was made: the same request gives the same bytes at any time. */
export const answeredAtSeconds = 1_767_225_600

/** Every text of the simulated models begins with this. */
export const notice = 'This answer is simulated by codelace; no model was asked.'

/** The longest part of a message that is repeated. */
const echoLengthMax = 2000
const streamChunks = 60

/** Makes the answer to a request: the same for the same request. */
export function makeAnswer(
  request: SimulatedRequest,
): { readonly answer: Answer } | { readonly refusal: Refusal } {
  const decided = decideCalls(request)
  if ('complaint' in decided) {
    const { complaint: message } = decided
    return { refusal: { status: 400, message, code: null, param: 'tool_choice' } }
  }
  const text = decided.calls.length > 0 ? '' : textFor(request, decided.missing)
  if (text === undefined) {
    const message = 'The simulated models can make no instance of this "response_format" schema.'
    return { refusal: { status: 400, message, code: null, param: 'response_format' } }
  }
  const choices = Array.from({ length: request.choiceCount }, () =>
    choiceFor({ request, text, calls: decided.calls }),
  )
  return {
    answer: {
      id: `chatcmpl-sim-${request.fingerprint.slice(0, 24)}`,
      model: request.model,
      choices,
      usage: usageFor(request, choices),
    },
  }
}

function choiceFor(parts: {
  request: SimulatedRequest
  text: string
  calls: readonly ToolCall[]
}): AnswerChoice {
  const { request, calls } = parts
  const { controls, maxTokens } = request
  const stopped = cutAtStop(parts.text, request.stops)
  const all = splitTokens(stopped.text)
  const thought = thoughtFor(request, maxTokens ?? Infinity)
  const left = (maxTokens ?? Infinity) - (thought?.pieces.length ?? 0)
  const isTooLong = all.length > left
  const natural = calls.length > 0 ? 'tool_calls' : isTooLong ? 'length' : 'stop'
  return {
    thought,
    pieces: isTooLong ? all.slice(0, left) : all,
    calls,
    finishReason: controls.finishReason ?? natural,
    stoppedBy: natural === 'stop' ? stopped.by : null,
  }
}

function thoughtFor(request: SimulatedRequest, most: number): Thought | null {
  const { kind, thinking, lastUserText } = request
  if (kind !== 'sim/reason' || thinking.isOff) return null
  return thoughtAbout(lastUserText, { most, isHidden: thinking.isHidden })
}

function textFor(request: SimulatedRequest, missing: string | null): string | undefined {
  if (missing !== null) return missingText(request, missing)
  const { type, json_schema: given } = request.responseFormat
  if (type === 'json_object') {
    return JSON.stringify({ simulated: true, notice, echo: echoed(request.lastUserText) })
  }
  if (type === 'json_schema') {
    const value = instanceOf(objectOrEmpty(given)['schema'] ?? {})
    return value === undefined ? undefined : JSON.stringify(value)
  }
  const text = request.kind === 'sim/stream' ? streamText(request) : echoText(request)
  const { chunks } = request.controls
  return chunks === null ? text : textOfLength(text, chunks)
}

function echoText(request: SimulatedRequest): string {
  const { kind, turns } = request
  // Agents add words of their own behind the results of their tools.
  const newest = turns.slice(turns.findLastIndex(({ role }) => role === 'assistant') + 1)
  const late = kind === 'sim/tools' ? newest.findLast(({ role }) => role === 'tool')?.text : null
  const result = request.toolResult ?? late ?? null
  if (result !== null) return `${notice} The tool said: ${echoed(result)}`
  return `${notice} You said: ${echoed(request.lastUserText)}`
}

function missingText({ tools }: SimulatedRequest, missing: string): string {
  const names = tools.map(({ name }) => name).join(', ')
  return `${notice} There is no tool "${missing}" here; there are: ${names}.`
}

function echoed(text: string): string {
  return text.length <= echoLengthMax ? text : `${text.slice(0, echoLengthMax).toWellFormed()} …`
}

const sentences = [
  'A paper boat goes down the gutter after the rain.',
  'The baker counts the loaves twice and gives one away.',
  'On the hill a mill turns without any corn in it.',
  'Somebody has left a blue umbrella on the tram.',
  'The ferry waits for a dog that is still on the bridge.',
  'Two clocks in the same street agree about nothing.',
]

function streamText(request: SimulatedRequest): string {
  const about = request.toolResult ?? request.lastUserText
  // By the text alone: streamed or not, the same question gets the same words.
  const start = about.length
  const turn = sentences.map((_, place) => sentences[(start + place) % sentences.length])
  const topic = about === '' ? '' : ` You wrote ${about.length} characters.`
  return textOfLength(`${notice}${topic} ${turn.join(' ')}`, streamChunks)
}

/** Exactly so many tokens: cut, or gone on with the sentences. */
function textOfLength(text: string, tokens: number): string {
  const pieces = [...splitTokens(text)]
  const more = splitTokens(` ${sentences.join(' ')}`)
  for (let at = 0; pieces.length < tokens; at += 1) pieces.push(more[at % more.length] ?? '')
  return pieces.slice(0, tokens).join('')
}

function cutAtStop(
  text: string,
  stops: readonly string[],
): { readonly text: string; readonly by: string | null } {
  let found: { readonly text: string; readonly by: string | null } = { text, by: null }
  for (const stop of stops) {
    const place = found.text.indexOf(stop)
    if (place !== -1) found = { text: text.slice(0, place), by: stop }
  }
  return found
}

/** The counting rule of `docs/simulated-provider.md`. */
function usageFor(request: SimulatedRequest, choices: readonly AnswerChoice[]): JsonObject | null {
  const { controls, promptTokens } = request
  if (controls.usage === false) return null
  if (controls.usage !== true) return controls.usage
  let reasoningTokens = controls.reasoningTokens * choices.length
  for (const { thought } of choices) reasoningTokens += thought?.pieces.length ?? 0
  let completionTokens = reasoningTokens
  for (const choice of choices) {
    completionTokens += choice.pieces.length
    for (const call of choice.calls) completionTokens += 5 + countTokens(call.argumentsText)
  }
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: {
      cached_tokens: Math.min(controls.cachedTokens, promptTokens),
      audio_tokens: 0,
    },
    completion_tokens_details: {
      reasoning_tokens: reasoningTokens,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  }
}
