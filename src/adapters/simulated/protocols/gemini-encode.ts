import type { Answer, AnswerChoice } from '#adapters/simulated/answer.ts'
import { answeredAtSeconds, notice } from '#adapters/simulated/answer.ts'
import type { JsonObject } from '#adapters/simulated/json-values.ts'
import { objectOrEmpty } from '#adapters/simulated/json-values.ts'
import type { ToolCall } from '#adapters/simulated/tool-calls.ts'

import type { StreamEvent } from './chat-encode.ts'

/** The answer as one response of `generateContent`. */
export function geminiJson(answer: Answer): string {
  return JSON.stringify({
    candidates: answer.choices.map((choice, index) =>
      candidate([...partsOf(answer, choice), ...signedEnd(choice)], {
        index,
        finishReason: finishWord(choice),
      }),
    ),
    ...closing(answer),
  })
}

/** The answer as chunks with the line ends that Google sends; the last one has reason and counts. */
export function* geminiEvents(answer: Answer): Generator<StreamEvent> {
  for (const [index, choice] of answer.choices.entries()) {
    const parts = partsOf(answer, choice, choice.pieces)
    for (const part of parts) {
      const chunk = { candidates: [candidate([part], { index })], ...names(answer) }
      yield { data: geminiEvent(chunk), isContent: true }
    }
    const last = candidate([signedEnd(choice)[0] ?? { text: '' }], {
      index,
      finishReason: finishWord(choice),
    })
    yield {
      data: geminiEvent({ candidates: [last], ...closing(answer) }),
      isContent: false,
      isEnd: true,
    }
  }
}

/** One event as Google frames it. */
export function geminiEvent(data: JsonObject): string {
  return `data: ${JSON.stringify(data)}\r\n\r\n`
}

/** An error in Google's envelope. */
export function geminiError(code: number, message: string): JsonObject {
  const word = code === 429 ? 'RESOURCE_EXHAUSTED' : code < 500 ? 'INVALID_ARGUMENT' : 'INTERNAL'
  return { error: { code, message, status: code === 503 ? 'UNAVAILABLE' : word } }
}

function candidate(parts: readonly JsonObject[], rest: JsonObject): JsonObject {
  return { content: { parts, role: 'model' }, ...rest }
}

function partsOf(
  answer: Answer,
  choice: AnswerChoice,
  pieces: readonly string[] = [choice.pieces.join('')],
): readonly JsonObject[] {
  const thoughts = thoughtsOf(answer, choice).map((text) => ({ text, thought: true }))
  const texts = pieces.filter((text) => text !== '').map((text) => ({ text }))
  const calls = choice.calls.map((call, place) => callPart(answer, call, place))
  const said = [...thoughts, ...texts, ...calls]
  return said.length === 0 ? [{ text: '' }] : said
}

function thoughtsOf(answer: Answer, { thought }: AnswerChoice): readonly string[] {
  if (thought !== null) return thought.isHidden ? [] : [thought.pieces.join('')]
  return reasoningTokens(answer) > 0 ? [notice] : []
}

/** As Gemini does: where nothing is called, the signature stands on an empty text at the end. */
function signedEnd({ thought, calls }: AnswerChoice): readonly JsonObject[] {
  if (thought === null || calls.length > 0) return []
  return [{ text: '', thoughtSignature: thought.signature }]
}

/** As Gemini does: the first call of an answer is signed. */
function callPart(answer: Answer, call: ToolCall, place: number): JsonObject {
  const { id, name, argumentsText } = call
  const args: unknown = JSON.parse(argumentsText)
  const thoughtSignature = Buffer.from(`simulated ${answer.id}`).toString('base64')
  return { functionCall: { id, name, args }, ...(place === 0 ? { thoughtSignature } : {}) }
}

function finishWord({ finishReason }: AnswerChoice): string {
  const known: Readonly<Record<string, string>> = {
    stop: 'STOP',
    tool_calls: 'STOP',
    length: 'MAX_TOKENS',
    content_filter: 'SAFETY',
  }
  return known[finishReason] ?? finishReason
}

function names({ id, model }: Answer): JsonObject {
  const createTime = new Date(answeredAtSeconds * 1_000).toISOString()
  return { modelVersion: model, responseId: id, createTime }
}

function reasoningTokens({ usage }: Answer): number {
  const count = objectOrEmpty(usage?.['completion_tokens_details'])['reasoning_tokens']
  return typeof count === 'number' ? count : 0
}

/** Counts as Gemini tells them: thoughts beside the candidates. */
function closing(answer: Answer): JsonObject {
  const { usage } = answer
  if (usage === null) return names(answer)
  const thoughts = reasoningTokens(answer)
  const completion = usage['completion_tokens']
  const usageMetadata = {
    promptTokenCount: usage['prompt_tokens'],
    candidatesTokenCount: typeof completion === 'number' ? completion - thoughts : completion,
    totalTokenCount: usage['total_tokens'],
    ...(thoughts > 0 ? { thoughtsTokenCount: thoughts } : {}),
    cachedContentTokenCount: objectOrEmpty(usage['prompt_tokens_details'])['cached_tokens'],
  }
  return { usageMetadata, ...names(answer) }
}
