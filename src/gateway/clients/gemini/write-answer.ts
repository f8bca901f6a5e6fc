import type { AnswerItem, ModelAnswer } from '#gateway/canonical/answer.ts'
import type { AnswerFacts, AnswerStream, Closing } from '#gateway/canonical/client-protocol.ts'
import type { Delta } from '#gateway/canonical/delta.ts'
import {
  geminiLogprobsOf,
  logprobsIn,
  meanLogprob,
  type TokenLogprob,
} from '#gateway/canonical/logprobs.ts'

import { openPartWriter, type PartWriter } from './answer-parts.ts'
import { groundingJson } from './grounding-json.ts'
import { usageMetadataJson, warningsJson } from './usage-metadata.ts'
import { geminiFaultJson } from './write-fault.ts'

/** A whole answer as one response of `generateContent`. */
export function writeGeminiWhole(
  answer: ModelAnswer,
  facts: AnswerFacts,
  closing: Closing,
): string {
  const writer = openPartWriter()
  const parts = deltasOf(answer).flatMap((delta) => writer.push(delta))
  parts.push(...writer.end())
  if (parts.length === 0) parts.push('{"text":""}')
  const tokens = logprobsIn(answer.items)
  const mean = tokens.length === 0 ? '' : `,"avgLogprobs":${meanLogprob(tokens)}`
  const rest = `}],"usageMetadata":${usageMetadataJson(closing)},${namesJson(facts)}`
  const end = `${endOf(writer)}${mean}${logprobsJson(tokens)}`
  return `${head(parts)}${end}${rest}${warningsJson(closing)}}`
}

function logprobsJson(tokens: readonly TokenLogprob[]): string {
  return tokens.length === 0 ? '' : `,"logprobsResult":${JSON.stringify(geminiLogprobsOf(tokens))}`
}

/** An answer as chunks: each is a whole response that holds what is new. */
export function openGeminiStream(facts: AnswerFacts): AnswerStream {
  const writer = openPartWriter()
  const tail = `}],${namesJson(facts)}}\r\n\r\n`
  const chunk = (parts: readonly string[], tokens: readonly TokenLogprob[]) =>
    parts.length === 0 ? '' : `data: ${head(parts)}${logprobsJson(tokens)}${tail}`
  return {
    push: (delta) =>
      chunk(writer.push(delta), (delta.kind === 'text' ? delta.logprobs : undefined) ?? []),
    end(closing) {
      const parts = writer.end()
      const last = parts.length === 0 ? ['{"text":""}'] : parts
      const rest = `}],"usageMetadata":${usageMetadataJson(closing)},${namesJson(facts)}`
      return `data: ${head(last)}${endOf(writer)}${rest}${warningsJson(closing)}}\r\n\r\n`
    },
    fail: (fault) => `data: ${geminiFaultJson(fault, facts.id)}\r\n\r\n`,
  }
}

function head(parts: readonly string[]): string {
  return `{"candidates":[{"content":{"parts":[${parts.join(',')}],"role":"model"},"index":0`
}

function endOf(writer: PartWriter): string {
  const grounding = groundingJson(writer.citations, writer.text())
  return `,"finishReason":"${writer.finishWord()}"${grounding}`
}

/** Who answers, by our names. */
export function namesJson({ id, model }: AnswerFacts): string {
  return `"modelVersion":${JSON.stringify(model)},"responseId":${JSON.stringify(id)}`
}

function deltasOf(answer: ModelAnswer): Delta[] {
  const deltas = answer.items.flatMap((item, place) => itemDeltas(item, place))
  const { finish, nativeFinish, stopSequence } = answer
  if (finish === null) return deltas
  return [...deltas, { kind: 'finish', reason: finish, native: nativeFinish, stopSequence }]
}

function itemDeltas(item: AnswerItem, place: number): Delta[] {
  switch (item.kind) {
    case 'text':
      return [
        { kind: 'text', text: item.text },
        ...item.citations.map((citation): Delta => ({ kind: 'citation', citation })),
      ]
    case 'reasoning':
      return [{ ...item, block: place }]
    case 'tool_call': {
      const { id, name, isCustom } = item
      return [
        { kind: 'tool_call', call: place, id, name, isCustom },
        { kind: 'tool_arguments', call: place, text: item.arguments },
      ]
    }
    case 'refusal':
    case 'media':
      return [item]
    default:
      return item satisfies never
  }
}
