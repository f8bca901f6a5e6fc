import type { Closing } from '#gateway/canonical/client-protocol.ts'
import { isObject, parseJson, textOf } from '#gateway/canonical/json.ts'
import type {
  PlainAnswer,
  PlainFacts,
  PlainMessage,
  WrittenPlain,
} from '#gateway/canonical/plain-protocol.ts'
import type { JsonObject, Warning } from '#gateway/canonical/request.ts'

import type { WritePlain } from './plain-endpoints.ts'

/** The answer of an endpoint that answers once. */
export interface PlainProduct {
  /** In OpenAI's names; undefined when the provider counted nothing. */
  readonly rawUsage: unknown
  readonly upstreamId: string | null
  readonly warnings: readonly Warning[]
  readonly write: (closing: Omit<Closing, 'warnings'>) => WrittenPlain
}

/** Makes the answer of what the provider said. */
export function plainProduct(parts: {
  answers: readonly PlainAnswer[]
  write: WritePlain
  usage: JsonObject | null
  facts: PlainFacts
  warnings: readonly Warning[]
}): PlainProduct {
  const { answers, write, usage, facts, warnings } = parts
  const body = answers[0]?.body
  return {
    rawUsage: usage ?? undefined,
    upstreamId: isObject(body) ? textOf(body['id']) : null,
    warnings,
    write: (closing) => write(facts, { ...closing, warnings }),
  }
}

/** A question as the log keeps it: of files only their names, types and sizes. */
export function loggedMessage(message: PlainMessage): string {
  if (message.kind === 'json') return withoutMedia(JSON.stringify(message.body))
  const form = message.fields.map((field) =>
    field.kind === 'text'
      ? { name: field.name, value: field.value }
      : {
          ...{ name: field.name, file_name: field.fileName, media_type: field.mediaType },
          bytes: field.bytes.byteLength,
        },
  )
  return JSON.stringify({ form })
}

/** An answer as the log keeps it: of images and sound only the type and the size. */
export function loggedAnswer({ contentType, body }: WrittenPlain): string {
  if (typeof body === 'string') return withoutMedia(body)
  return JSON.stringify({ media_type: contentType, bytes: body.byteLength })
}

function withoutMedia(text: string): string {
  if (!text.includes('"b64_json"') && !text.includes('"data:')) return text
  const whole = parseJson(text)
  if (whole === undefined) return text
  return JSON.stringify(whole, (name, value: unknown) => {
    if (typeof value !== 'string') return value
    const isMedia = name === 'b64_json' || value.startsWith('data:')
    return isMedia ? `[${value.length} characters that are not kept]` : value
  })
}
