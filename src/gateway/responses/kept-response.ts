import type { ContentMode } from '#domain/accounts.ts'
import type { AccountId, GenerationId } from '#domain/identifiers.ts'
import { contentBytesMax } from '#domain/limits.ts'
import { isObject, parseJson, textOf } from '#gateway/canonical/json.ts'
import type { JsonObject, Warning } from '#gateway/canonical/request.ts'

import type { StoredResponse } from './response-shelf.ts'
import { inputItems, outputItems } from './whole-conversation.ts'

/** Whether a response is stored, and what its client is told about it. */
export interface Storing {
  readonly isStored: boolean
  readonly warnings: readonly Warning[]
}

/**
 * The API stores responses unless told not to; here also the account has its say: where content is not
 * kept, nothing is stored, and who asked for it is told.
 */
export function storingOf(body: JsonObject, contentMode: ContentMode): Storing {
  if (body['store'] === false) return { isStored: false, warnings: [] }
  if (contentMode === 'full') return { isStored: true, warnings: [] }
  const detail = `Content is not kept for this key ("${contentMode}"), so the response was not stored.`
  const wasAskedFor = body['store'] === true
  return { isStored: false, warnings: wasAskedFor ? [{ param: 'store', detail }] : [] }
}

/** The client's own body, with `store` as it is honoured: what an answer repeats. */
export function repeatedBody(body: JsonObject, { isStored }: Storing): JsonObject {
  return { ...body, store: isStored }
}

/**
 * What to store of an answer. `answerText` is all that the client was sent, or the end of its stream;
 * undefined when it holds no whole response, or one too large to keep.
 */
export function keptResponse(answer: {
  readonly id: GenerationId
  readonly accountId: AccountId
  readonly createdAtMs: number
  /** The body with the whole input. */
  readonly body: JsonObject
  readonly answerText: string
}): StoredResponse | undefined {
  const { id, accountId, createdAtMs, body, answerText } = answer
  const response = responseIn(answerText)
  if (response === undefined) return undefined
  const input = JSON.stringify(inputItems(body['input']))
  if (input.length + response.length > contentBytesMax) return undefined
  const itemIds = outputItems({ response }).flatMap((item) => {
    const itemId = isObject(item) ? textOf(item['id']) : null
    return itemId ? [itemId] : []
  })
  return { id, accountId, createdAtMs, itemIds, input, response }
}

const ends = ['response.completed', 'response.incomplete']

/** JSON text of the response object in an answer: the whole of it, or of the last event of a stream. */
function responseIn(text: string): string | undefined {
  if (text.startsWith('{')) return text
  const end = text.lastIndexOf('\nevent: ')
  const last = end === -1 ? text : text.slice(end + 1)
  const [first = '', second = ''] = last.split('\n', 2)
  if (!ends.includes(first.slice('event: '.length))) return undefined
  const event = parseJson(second.slice('data: '.length))
  return isObject(event) && isObject(event['response'])
    ? JSON.stringify(event['response'])
    : undefined
}
