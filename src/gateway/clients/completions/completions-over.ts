import { isObject, listOf, parseJson, textOf } from '#gateway/canonical/json.ts'
import type { EncodingTarget, ProviderProtocol } from '#gateway/canonical/provider-protocol.ts'
import type { JsonObject } from '#gateway/canonical/request.ts'
import type { WireEvent } from '#gateway/canonical/wire-event.ts'

import { encodeNativeCompletion } from './completions-protocol.ts'

/**
 * The plain completions of a provider that has chat in this protocol: the same words at another address.
 * `placed` knows the provider's forms of address.
 */
export function completionsOver(
  chat: ProviderProtocol,
  placed: (target: EncodingTarget) => EncodingTarget,
): ProviderProtocol {
  return {
    ...chat,
    encodeNative: (body, target) => encodeNativeCompletion(body, placed(target)),
    openDecoder(context) {
      const decoder = chat.openDecoder(context)
      return { take: (event) => decoder.take(asChatEvent(event)), end: () => decoder.end() }
    },
    decodeWhole: (body, context) =>
      chat.decodeWhole(isObject(body) ? asChat(body, 'message') : body, context),
  }
}

function asChatEvent(event: WireEvent): WireEvent {
  const value = parseJson(event.data)
  return isObject(value) ? { ...event, data: JSON.stringify(asChat(value, 'delta')) } : event
}

/** The text of each choice where a chat has it. */
function asChat(body: JsonObject, place: 'delta' | 'message'): JsonObject {
  if (!Array.isArray(body['choices'])) return body
  const choices = listOf(body['choices']).map((choice) =>
    isObject(choice)
      ? { ...choice, [place]: { role: 'assistant', content: textOf(choice['text']) ?? '' } }
      : choice,
  )
  return { ...body, choices }
}
