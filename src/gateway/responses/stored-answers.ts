import { Fault } from '#domain/faults.ts'
import type { AccountId } from '#domain/identifiers.ts'
import { invalid, isObject, listOf, parseJson, textOf } from '#gateway/canonical/json.ts'
import type { JsonObject } from '#gateway/canonical/request.ts'
import { generationIdOf } from '#gateway/clients/responses/response-ids.ts'

import type { ResponseShelf, StoredResponse } from './response-shelf.ts'

/** Who asks for which stored response. */
export interface StoredQuestion {
  readonly shelf: ResponseShelf
  readonly accountId: AccountId
  /** `resp_…`, as it stands in the address. */
  readonly responseId: string
  /** What stands behind the question mark. */
  readonly query: string
}

/** GET /v1/responses/{id}: the response object as its client got it. Throws `not_found`. */
export async function showStoredResponse(question: StoredQuestion): Promise<unknown> {
  if (new URLSearchParams(question.query).get('stream') === 'true') {
    throw invalid('stream', 'a stored response is not streamed again: leave it out.')
  }
  return parseJson((await findStored(question)).response)
}

/** DELETE /v1/responses/{id}: it is gone from memory and store. Throws `not_found`. */
export async function deleteStoredResponse(question: StoredQuestion): Promise<unknown> {
  const { shelf, accountId, responseId } = question
  const id = generationIdOf(responseId)
  if (!id || !(await shelf.remove(id, accountId))) throw notStored(responseId)
  return { id: responseId, object: 'response', deleted: true }
}

const pageLimitMax = 100
const pageLimitUsual = 20

/**
 * GET /v1/responses/{id}/input_items: a page of the conversation up to the response, newest first unless
 * `order=asc`; `after` and `limit` as OpenAI has them. Throws `not_found` or `invalid_request`.
 */
export async function listInputItems(question: StoredQuestion): Promise<unknown> {
  const query = new URLSearchParams(question.query)
  const limit = limitIn(query)
  const order = query.get('order') ?? 'desc'
  if (order !== 'asc' && order !== 'desc') throw invalid('order', 'expected "asc" or "desc".')
  const stored = await findStored(question)
  const letters = question.responseId.slice('resp_'.length)
  const items = listOf(parseJson(stored.input)).map((item, index) =>
    shownItem(item, letters, index),
  )
  if (order === 'desc') items.reverse()
  const after = query.get('after')
  const start = after === null ? 0 : items.findIndex(({ id }) => id === after) + 1
  if (after !== null && start === 0) throw invalid('after', 'no input item has this id.')
  const page = items.slice(start, start + limit)
  return {
    object: 'list',
    data: page,
    first_id: page[0]?.['id'] ?? null,
    last_id: page.at(-1)?.['id'] ?? null,
    has_more: start + limit < items.length,
  }
}

/** POST /v1/responses/input_tokens: the count of what a request would read. */
export function inputTokensAnswer(inputTokens: number): unknown {
  return { object: 'response.input_tokens', input_tokens: inputTokens }
}

async function findStored(question: StoredQuestion): Promise<StoredResponse> {
  const { shelf, accountId, responseId } = question
  const id = generationIdOf(responseId)
  const stored = id && (await shelf.find(id, accountId))
  if (!stored) throw notStored(responseId)
  return stored
}

function notStored(responseId: string): Fault {
  const detail = `/v1/responses/${responseId.slice(0, 100)}: no response of this id is stored for your account`
  return new Fault('not_found', { details: { detail } })
}

function limitIn(query: URLSearchParams): number {
  const text = query.get('limit')
  if (text === null) return pageLimitUsual
  const limit = Number(text)
  if (!Number.isInteger(limit) || limit < 1 || limit > pageLimitMax) {
    throw invalid('limit', `expected a whole number from 1 to ${pageLimitMax}.`)
  }
  return limit
}

/** An input item in its long form, with an id that stays the same from page to page. */
function shownItem(item: unknown, letters: string, index: number): JsonObject {
  const given = isObject(item) ? item : {}
  const id = textOf(given['id']) ?? `item_${letters}_in${index}`
  const role = textOf(given['role'])
  if (role === null) return { ...given, id, type: given['type'] ?? 'unknown' }
  const type = role === 'assistant' ? 'output_text' : 'input_text'
  const { content } = given
  const parts = typeof content === 'string' ? [{ type, text: content }] : listOf(content)
  return {
    ...given,
    id,
    type: 'message',
    status: given['status'] ?? 'completed',
    role,
    content: parts,
  }
}
