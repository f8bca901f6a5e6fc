import type { ProviderProtocolName } from '#domain/catalogue.ts'
import { unreachable } from '#domain/faults.ts'

import { anthropicStream, anthropicWhole } from './provider-words/anthropic-words.ts'
import { bedrockStream, bedrockWhole } from './provider-words/bedrock-words.ts'
import { geminiStream, geminiWhole } from './provider-words/gemini-words.ts'
import { openaiStream, openaiWhole } from './provider-words/openai-words.ts'
import { responsesStream, responsesWhole } from './provider-words/responses-words.ts'

/** One thing that the model under test says. */
export type Said =
  | { readonly kind: 'text'; readonly pieces: readonly string[] }
  | { readonly kind: 'reasoning'; readonly pieces: readonly string[]; readonly signature: string }
  | {
      readonly kind: 'call'
      readonly id: string
      readonly name: string
      readonly pieces: readonly string[]
    }

/** What a provider answers, whatever protocol it speaks. Counts are in OpenAI's convention. */
export interface ScriptedAnswer {
  readonly said: readonly Said[]
  readonly finish: 'stop' | 'length' | 'tool_calls' | 'content_filter'
  readonly promptTokens: number
  readonly cachedTokens: number
  readonly completionTokens: number
  readonly reasoningTokens: number
}

/** An answer as it goes over the wire. */
export interface WireAnswer {
  readonly contentType: string
  readonly chunks: readonly Buffer[]
}

/** The answer in the words of a provider's protocol, whole or as a stream of one event a chunk. */
export function speak(
  protocol: ProviderProtocolName,
  answer: ScriptedAnswer,
  isStream: boolean,
): WireAnswer {
  switch (protocol) {
    case 'openai':
    case 'azure-openai':
      return isStream ? events(openaiStream(answer)) : json(openaiWhole(answer))
    case 'openai-responses':
      return isStream ? events(responsesStream(answer)) : json(responsesWhole(answer))
    case 'anthropic':
      return isStream ? events(anthropicStream(answer)) : json(anthropicWhole(answer))
    case 'gemini':
      return isStream ? events(geminiStream(answer)) : json(geminiWhole(answer))
    case 'bedrock':
      return isStream
        ? { contentType: 'application/vnd.amazon.eventstream', chunks: bedrockStream(answer) }
        : json(bedrockWhole(answer))
    default:
      return unreachable(protocol)
  }
}

function json(value: unknown): WireAnswer {
  return { contentType: 'application/json', chunks: [Buffer.from(JSON.stringify(value))] }
}

function events(texts: readonly string[]): WireAnswer {
  return { contentType: 'text/event-stream', chunks: texts.map((text) => Buffer.from(text)) }
}
