import { EventStreamCodec } from '@smithy/eventstream-codec'

import type { Said, ScriptedAnswer } from '#test/translation/scripted-answer.ts'

const stopReasons = {
  stop: 'end_turn',
  length: 'max_tokens',
  tool_calls: 'tool_use',
  content_filter: 'content_filtered',
} as const

/** What Converse answers. */
export function bedrockWhole(answer: ScriptedAnswer): unknown {
  return {
    output: { message: { role: 'assistant', content: answer.said.map((said) => block(said)) } },
    stopReason: stopReasons[answer.finish],
    usage: usageOf(answer),
    metrics: { latencyMs: 5 },
  }
}

function block(said: Said): unknown {
  const text = said.pieces.join('')
  if (said.kind === 'text') return { text }
  if (said.kind === 'reasoning') {
    return { reasoningContent: { reasoningText: { text, signature: said.signature } } }
  }
  return { toolUse: { toolUseId: said.id, name: said.name, input: JSON.parse(text) } }
}

/** What ConverseStream answers: frames with checksums, made by AWS's own codec. */
export function bedrockStream(answer: ScriptedAnswer): readonly Buffer[] {
  return [
    frame('messageStart', { role: 'assistant', p: 'abc' }),
    ...answer.said.flatMap((said, index) => blockFrames(said, index)),
    frame('messageStop', { stopReason: stopReasons[answer.finish] }),
    frame('metadata', { usage: usageOf(answer), metrics: { latencyMs: 5 } }),
  ]
}

function blockFrames(said: Said, index: number): readonly Buffer[] {
  const start =
    said.kind === 'call'
      ? [
          frame('contentBlockStart', {
            contentBlockIndex: index,
            start: { toolUse: { toolUseId: said.id, name: said.name } },
          }),
        ]
      : []
  const deltas = said.pieces.map((piece) => {
    if (said.kind === 'text') return { text: piece }
    if (said.kind === 'reasoning') return { reasoningContent: { text: piece } }
    return { toolUse: { input: piece } }
  })
  const signed =
    said.kind === 'reasoning'
      ? [...deltas, { reasoningContent: { signature: said.signature } }]
      : deltas
  return [
    ...start,
    ...signed.map((delta) => frame('contentBlockDelta', { contentBlockIndex: index, delta })),
    frame('contentBlockStop', { contentBlockIndex: index }),
  ]
}

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes).toString('utf8'),
  (text) => Buffer.from(text, 'utf8'),
)

function frame(type: string, value: unknown): Buffer {
  return Buffer.from(
    codec.encode({
      headers: {
        ':event-type': { type: 'string', value: type },
        ':content-type': { type: 'string', value: 'application/json' },
        ':message-type': { type: 'string', value: 'event' },
      },
      body: Buffer.from(JSON.stringify(value)),
    }),
  )
}

function usageOf(answer: ScriptedAnswer): unknown {
  return {
    inputTokens: answer.promptTokens - answer.cachedTokens,
    outputTokens: answer.completionTokens,
    totalTokens: answer.promptTokens + answer.completionTokens,
    cacheReadInputTokens: answer.cachedTokens,
    cacheWriteInputTokens: 0,
  }
}
