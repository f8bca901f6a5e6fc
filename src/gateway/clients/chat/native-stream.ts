import { findUsage } from '#domain/metering.ts'
import type { AnswerFacts, NativeStream } from '#gateway/canonical/client-protocol.ts'
import { isObject, listOf, parseJson } from '#gateway/canonical/json.ts'
import type { JsonObject } from '#gateway/canonical/request.ts'

import { doneEvent, failEvent } from './write-stream.ts'
import { editedUsage } from './write-whole.ts'

/**
 * Passes the chunks of a server on that speaks this protocol: under our id and the provider's name. From the
 * first finish reason on they are held back until the answer is paid for; usage comes once, in a chunk of its
 * own.
 */
export function openNativeChat(facts: AnswerFacts): NativeStream {
  return openNativeChunks(facts, 'chat.completion.chunk')
}

/** The same for chunks that call themselves otherwise. */
export function openNativeChunks(facts: AnswerFacts, object: string): NativeStream {
  const held: string[] = []
  let hasFinish = false
  let rawUsage: unknown
  return {
    pass({ data }) {
      const chunk = parseJson(data)
      if (!isObject(chunk)) return ''
      const found = findUsage(chunk)
      if (found !== undefined) rawUsage = found
      const choices = listOf(chunk['choices'])
      const isUsageOnly = choices.length === 0 && found !== undefined
      if (isUsageOnly) return ''
      const text = textOfChunk(chunk, facts)
      hasFinish ||= choices.some(
        (choice) => isObject(choice) && typeof choice['finish_reason'] === 'string',
      )
      if (!hasFinish) return text
      held.push(text)
      return ''
    },
    end(closing) {
      const head = JSON.stringify({
        id: facts.id,
        object,
        created: facts.createdAtSeconds,
        model: facts.model,
        provider: facts.provider,
        choices: [],
      }).slice(0, -1)
      const { warnings } = closing
      const told =
        warnings.length === 0 ? '' : `,"codelace_metadata":${JSON.stringify({ warnings })}`
      return `${held.join('')}data: ${head},"usage":${editedUsage(rawUsage, closing)}${told}}\n\n${doneEvent}`
    },
    fail: (fault) => failEvent(fault, facts),
  }
}

function textOfChunk(chunk: JsonObject, { id, provider }: AnswerFacts): string {
  const { usage: _usage, id: _id, provider: _provider, ...rest } = chunk
  return `data: ${JSON.stringify({ id, provider, ...rest })}\n\n`
}
