import type { Answer, AnswerChoice } from '#adapters/simulated/answer.ts'
import type { JsonObject } from '#adapters/simulated/json-values.ts'
import { splitTokens } from '#adapters/simulated/words.ts'

import type { StreamEvent } from './chat-encode.ts'
import { countsOf } from './counts.ts'
import { eventFrame } from './event-frames.ts'

/** The answer as `Converse` gives it. It has no further choices. */
export function bedrockJson(answer: Answer): string {
  const [choice] = answer.choices
  return JSON.stringify({
    output: { message: { role: 'assistant', content: choice ? contentOf(choice) : [] } },
    stopReason: stopReason(choice),
    ...closing(answer),
  })
}

/** The answer as frames. Texts and thoughts begin with their first piece; the counts come last. */
export function* bedrockEvents(answer: Answer): Generator<StreamEvent> {
  const [choice] = answer.choices
  yield plain('messageStart', { role: 'assistant' })
  for (const [contentBlockIndex, block] of (choice ? blocksOf(choice) : []).entries()) {
    if (block.start !== null) {
      yield plain('contentBlockStart', { contentBlockIndex, start: block.start })
    }
    for (const delta of block.deltas) {
      yield { ...plain('contentBlockDelta', { contentBlockIndex, delta }), isContent: true }
    }
    yield plain('contentBlockStop', { contentBlockIndex })
  }
  yield plain('messageStop', { stopReason: stopReason(choice) })
  yield { ...plain('metadata', closing(answer)), isEnd: true }
}

/** An error as a frame inside a stream. */
export function bedrockErrorFrame(message: string): Buffer {
  return eventFrame(
    {
      ':exception-type': 'internalServerException',
      ':content-type': 'application/json',
      ':message-type': 'exception',
    },
    { message },
  )
}

const exceptions: Readonly<Record<number, string>> = {
  403: 'AccessDeniedException',
  404: 'ResourceNotFoundException',
  408: 'ModelTimeoutException',
  424: 'ModelErrorException',
  429: 'ThrottlingException',
  503: 'ServiceUnavailableException',
}

/** The header that says which error it is. */
export function bedrockErrorHeaders(status: number): Readonly<Record<string, string>> {
  const name =
    exceptions[status] ?? (status < 500 ? 'ValidationException' : 'InternalServerException')
  return { 'x-amzn-errortype': `${name}:http://internal.amazon.com/coral/simulated/` }
}

interface Block {
  readonly start: JsonObject | null
  readonly deltas: readonly JsonObject[]
}

function blocksOf({ thought, pieces, calls }: AnswerChoice): readonly Block[] {
  const thinking = (piece: JsonObject) => ({ reasoningContent: piece })
  const thoughts = thought?.isHidden ? [] : (thought?.pieces ?? [])
  return [
    ...(thought === null
      ? []
      : [
          {
            start: null,
            deltas: [
              ...thoughts.map((text) => thinking({ text })),
              thinking({ signature: thought.signature }),
            ],
          },
        ]),
    ...(pieces.length === 0 ? [] : [{ start: null, deltas: pieces.map((text) => ({ text })) }]),
    ...calls.map(({ id, name, argumentsText }) => ({
      start: { toolUse: { toolUseId: `tooluse_${id}`, name } },
      deltas: splitTokens(argumentsText).map((input) => ({ toolUse: { input } })),
    })),
  ]
}

function contentOf({ thought, pieces, calls }: AnswerChoice): readonly JsonObject[] {
  const text = pieces.join('')
  const thinking = thought?.isHidden ? '' : thought?.pieces.join('')
  return [
    ...(thought === null
      ? []
      : [
          {
            reasoningContent: { reasoningText: { text: thinking, signature: thought.signature } },
          },
        ]),
    ...(text === '' ? [] : [{ text }]),
    ...calls.map(({ id, name, argumentsText }) => {
      const input: unknown = JSON.parse(argumentsText)
      return { toolUse: { toolUseId: `tooluse_${id}`, name, input } }
    }),
  ]
}

const stopReasons: Readonly<Record<string, string>> = {
  stop: 'end_turn',
  length: 'max_tokens',
  tool_calls: 'tool_use',
  content_filter: 'content_filtered',
}

function stopReason(choice: AnswerChoice | undefined): string {
  const { finishReason = 'stop', stoppedBy = null } = choice ?? {}
  return stoppedBy === null ? (stopReasons[finishReason] ?? finishReason) : 'stop_sequence'
}

/** Counts as Bedrock tells them: what was cached stands beside the rest of the prompt. */
function closing(answer: Answer): JsonObject {
  const counts = countsOf(answer)
  const metrics = { latencyMs: 1 }
  if (counts === null) return { metrics }
  const { prompt, cached, completion } = counts
  const usage = {
    inputTokens: prompt - cached,
    outputTokens: completion,
    totalTokens: prompt + completion,
    cacheReadInputTokens: cached,
    cacheWriteInputTokens: 0,
  }
  return { usage, metrics }
}

function plain(type: string, data: JsonObject): StreamEvent {
  const headers = {
    ':event-type': type,
    ':content-type': 'application/json',
    ':message-type': 'event',
  }
  return { data: eventFrame(headers, data), isContent: false }
}
