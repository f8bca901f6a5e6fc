import { expect } from 'vitest'

import { foldDeltas } from '#gateway/canonical/answer.ts'
import type { ModelAnswer } from '#gateway/canonical/answer.ts'
import type { EncodedRequest, ProviderProtocol } from '#gateway/canonical/provider-protocol.ts'
import type { Message, ModelRequest, Part } from '#gateway/canonical/request.ts'
import type { WireEvent } from '#gateway/canonical/wire-event.ts'
import { readChatRequest } from '#gateway/clients/chat/read-request.ts'
import { framers } from '#gateway/translate/framers.ts'

import { ask, type Heard } from './simulated-harness.ts'

/** A provider protocol, the simulated address where it is spoken, and a model there. */
export interface SpokenAt {
  readonly protocol: ProviderProtocol
  readonly provider: string
  readonly baseUrl: string
  readonly model: string
}

type Json = Readonly<Record<string, unknown>>

/** A chat request in the canonical form. */
export function requestOf(body: Json): ModelRequest {
  return readChatRequest({ body: { model: 'sim', ...body }, headers: {}, address: null }).request
}

/** The request as our own encoder writes it. */
export function encode(request: ModelRequest, at: SpokenAt): EncodedRequest {
  const { protocol, provider, baseUrl, model: upstreamModel } = at
  const target = { provider, upstreamModel, maxOutputTokens: 8_000, maxTokens: null, baseUrl }
  const encoding = protocol.encode(request, target)
  return encoding.kind === 'encoded' ? encoding.encoded : expect.fail(encoding.detail)
}

/** What the simulated provider says to it. */
export async function send({ url, body }: EncodedRequest): Promise<Heard> {
  return await ask(body, { url })
}

/** Asks, and reads the answer with our own decoder. */
export async function answerTo(request: ModelRequest, at: SpokenAt): Promise<ModelAnswer> {
  return decode(await send(encode(request, at)), { request, at })
}

/** What was heard, read with our own decoder. */
export function decode(
  heard: Heard,
  { request, at }: { request: ModelRequest; at: SpokenAt },
): ModelAnswer {
  const { protocol, provider, model: upstreamModel } = at
  const context = { request, callIdPrefix: 'Test', provider, upstreamModel }
  if (!request.stream) {
    const read = protocol.decodeWhole(JSON.parse(heard.chunks.join('')), context)
    return read.kind === 'answer' ? foldDeltas(read.deltas) : expect.fail(JSON.stringify(read))
  }
  const decoder = protocol.openDecoder(context)
  const deltas = eventsIn(heard, protocol).flatMap((event) => decoder.take(event))
  return foldDeltas([...deltas, ...decoder.end()])
}

/** The events of a stream, in whatever framing. */
export function eventsIn(heard: Heard, { framing }: ProviderProtocol): readonly WireEvent[] {
  const events: WireEvent[] = []
  const framer = framers[framing]((event) => events.push(event), 1_000_000)
  for (const chunk of heard.bytes) framer.push(chunk)
  framer.end()
  return events
}

/** The request after an answer: what was said, with results for every call. */
export function continued(
  request: ModelRequest,
  { items }: ModelAnswer,
  result: string,
): ModelRequest {
  const parts = items.flatMap((item): Part[] => {
    if (item.kind === 'reasoning') return [item]
    if (item.kind === 'text') return [{ kind: 'text', text: item.text, cache: null }]
    return item.kind === 'tool_call' ? [{ ...item, cache: null }] : []
  })
  const results = parts.flatMap((part): Part[] =>
    part.kind === 'tool_call'
      ? [
          {
            kind: 'tool_result',
            callId: part.id,
            content: [{ kind: 'text', text: result, cache: null }],
            isError: false,
            isCustom: part.isCustom,
            cache: null,
          },
        ]
      : [],
  )
  const said: Message[] = [{ role: 'assistant', parts, name: null }]
  if (results.length > 0) said.push({ role: 'tool', parts: results, name: null })
  return { ...request, messages: [...request.messages, ...said] }
}
