import type { AnswerFacts, Closing, NativeStream } from '#gateway/canonical/client-protocol.ts'
import { isObject, listOf, objectOf, parseJson } from '#gateway/canonical/json.ts'
import type { JsonObject } from '#gateway/canonical/request.ts'

import { usageMetadataJson, warningsJson, withCost } from './usage-metadata.ts'
import { namesJson } from './write-answer.ts'
import { geminiFaultJson } from './write-fault.ts'

/** Gemini's own answer with our names in it, and what was charged. */
export function editGeminiWhole(body: JsonObject, facts: AnswerFacts, closing: Closing): string {
  const { usageMetadata, modelVersion: _, responseId: __, codelace_metadata: ___, ...rest } = body
  const counts = isObject(usageMetadata)
    ? withCost(usageMetadata, closing.cost)
    : usageMetadataJson(closing)
  const members = `"usageMetadata":${counts},${namesJson(facts)}${warningsJson(closing)}}`
  const text = JSON.stringify(rest)
  return text === '{}' ? `{${members}` : `${text.slice(0, -1)},${members}`
}

/** Passes Gemini's chunks on with our names; from the one that says the end they are held back. */
export function openGeminiNative(facts: AnswerFacts): NativeStream {
  const held: JsonObject[] = []
  const pass = (chunk: JsonObject) => {
    const { modelVersion: _, responseId: __, ...rest } = chunk
    const text = JSON.stringify(rest)
    const names = namesJson(facts)
    return `data: ${text === '{}' ? `{${names}}` : `${text.slice(0, -1)},${names}}`}\r\n\r\n`
  }
  return {
    pass({ data }) {
      const value = parseJson(data)
      const chunks = (Array.isArray(value) ? value : [value]).filter(isObject)
      let text = ''
      for (const chunk of chunks) {
        if (chunk['error'] !== undefined) continue
        if (held.length > 0 || isLast(chunk)) held.push(chunk)
        else text += pass(chunk)
      }
      return text
    },
    end(closing) {
      const last = held.pop() ?? {}
      const before = held.map(pass).join('')
      return `${before}data: ${editGeminiWhole(last, facts, closing)}\r\n\r\n`
    },
    fail: (fault) => `data: ${geminiFaultJson(fault, facts.id)}\r\n\r\n`,
  }
}

function isLast(chunk: JsonObject): boolean {
  const candidates = listOf(chunk['candidates']).map(objectOf)
  const isOver = candidates.some((candidate) => candidate['finishReason'] !== undefined)
  return isOver || objectOf(chunk['promptFeedback'])['blockReason'] !== undefined
}
