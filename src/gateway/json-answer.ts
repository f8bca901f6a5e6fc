import { scanJsonObject, type JsonShape } from '#domain/json-members.ts'
import { findUsage } from '#domain/metering.ts'
import { isErrorBody } from '#domain/upstream-complaint.ts'

import { upstreamJsonLimits } from './json-edit.ts'

/** A whole answer of an upstream, read. */
export interface JsonAnswer {
  readonly bytes: Buffer
  readonly shape: JsonShape
  /** As it came; undefined when there is none. */
  readonly rawUsage: unknown
  readonly finishReason: string | null
  readonly upstreamId: string | null
  readonly isEmpty: boolean
  /** The output as text, to be counted when the upstream did not. */
  readonly outputText: () => string
}

/** Either an answer, an error that came with status 200, or why it is no answer. */
export type ReadAnswer =
  | { readonly kind: 'answer'; readonly answer: JsonAnswer }
  | { readonly kind: 'error'; readonly body: unknown }
  | { readonly kind: 'unreadable'; readonly detail: string }

type JsonObject = Readonly<Record<string, unknown>>

/** Reads the body of a 200 answer to a request that did not stream. */
export function readAnswer(bytes: Buffer): ReadAnswer {
  let value: unknown
  try {
    value = JSON.parse(bytes.toString('utf8'))
  } catch {
    const text = bytes.toString('latin1', 0, 200).trimStart()
    if (text.startsWith('<')) return { kind: 'unreadable', detail: 'it is a web page, not JSON' }
    return { kind: 'unreadable', detail: bytes.length === 0 ? 'it is empty' : 'it is not JSON' }
  }
  if (isErrorBody(value)) return { kind: 'error', body: value }
  const choices = isObject(value) ? value['choices'] : undefined
  const shape = scanJsonObject({ bytes, limits: upstreamJsonLimits })
  if (!isObject(value) || !Array.isArray(choices) || shape.kind !== 'object') {
    return { kind: 'unreadable', detail: 'it is not a chat completion' }
  }
  const first: unknown = choices[0]
  const outputText = () => choices.map((choice) => textOfChoice(choice)).join('\n')
  return {
    kind: 'answer',
    answer: {
      bytes,
      shape,
      rawUsage: findUsage(value),
      finishReason: isObject(first) ? textOf(first['finish_reason']) : null,
      upstreamId: textOf(value['id']),
      isEmpty: choices.every((choice) => isEmptyChoice(choice)),
      outputText,
    },
  }
}

function isEmptyChoice(choice: unknown): boolean {
  const message = isObject(choice) ? choice['message'] : undefined
  if (!isObject(message)) return true
  if (isObject(message['audio']) || Array.isArray(message['images'])) return false
  return textOfChoice(choice).trim() === ''
}

/** Everything a choice says: content, reasoning, refusal, calls. */
function textOfChoice(choice: unknown): string {
  const message = isObject(choice) ? choice['message'] : undefined
  if (!isObject(message)) return ''
  const texts = [
    textOfContent(message['content']),
    textOf(message['reasoning_content']) ?? textOf(message['reasoning']),
    textOf(message['refusal']),
  ]
  const calls = Array.isArray(message['tool_calls']) ? message['tool_calls'] : []
  for (const call of [...calls, { function: message['function_call'] }]) {
    const called = isObject(call) ? (call['function'] ?? call['custom']) : undefined
    if (!isObject(called)) continue
    texts.push(textOf(called['name']), textOf(called['arguments']) ?? textOf(called['input']))
  }
  return texts.filter((text) => text !== null).join('\n')
}

function textOfContent(content: unknown): string | null {
  if (typeof content === 'string') return content
  if (Array.isArray(content)) {
    const parts = content.map((part) =>
      isObject(part) ? (textOf(part['text']) ?? textOfContent(part['thinking'])) : null,
    )
    return parts.filter((part) => part !== null).join('')
  }
  return isObject(content) ? JSON.stringify(content) : null
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
