import { Fault } from '#domain/faults.ts'
import type { AccountId } from '#domain/identifiers.ts'
import { storedConversationBytesMax } from '#domain/limits.ts'
import { invalid, isObject, listOf, parseJson, textOf } from '#gateway/canonical/json.ts'
import type { JsonObject } from '#gateway/canonical/request.ts'
import { generationIdOf } from '#gateway/clients/responses/response-ids.ts'

import type { ResponseShelf, StoredResponse } from './response-shelf.ts'

/** A request in which nothing refers to anything stored any more. */
export interface WholeConversation {
  /** The body with the whole input, and without `previous_response_id`. The same object when nothing was referred to. */
  readonly body: JsonObject
  /** What was stored and is now part of the input: so much longer is the prompt than the body that came. */
  readonly storedBytes: number
}

/**
 * Puts what a request refers to into its input: the conversation up to `previous_response_id` (without its
 * instructions, which are not inherited), and items that are named only. Throws
 * `invalid_request` for what is not stored, or belongs to somebody else; may throw `StoreUnavailable`.
 */
export async function wholeConversation(
  body: JsonObject,
  { shelf, accountId }: { readonly shelf: ResponseShelf; readonly accountId: AccountId },
): Promise<WholeConversation> {
  if (!refersToStored(body)) return { body, storedBytes: 0 }
  const before = await earlierItems(body['previous_response_id'], { shelf, accountId })
  const named = await withNamedItems(inputItems(body['input']), { shelf, accountId })
  const storedBytes = before.bytes + named.bytes
  if (storedBytes > storedConversationBytesMax) {
    const limit = `${storedConversationBytesMax / 1024 / 1024} MiB with the conversation it goes on from`
    throw new Fault('payload_too_large', { details: { limit } })
  }
  const { previous_response_id: _, ...rest } = body
  return { body: { ...rest, input: [...before.items, ...named.items] }, storedBytes }
}

/** True for a body that leaves something of the conversation to the store. */
function refersToStored(body: JsonObject): boolean {
  const previous = body['previous_response_id']
  if (previous !== undefined && previous !== null) return true
  return listOf(body['input']).some(isReference)
}

/** The input as a list of items, whatever form it came in. */
export function inputItems(input: unknown): readonly unknown[] {
  if (typeof input === 'string') return [{ type: 'message', role: 'user', content: input }]
  return listOf(input)
}

interface Found {
  readonly items: readonly unknown[]
  readonly bytes: number
}

async function earlierItems(
  previous: unknown,
  { shelf, accountId }: { readonly shelf: ResponseShelf; readonly accountId: AccountId },
): Promise<Found> {
  if (previous === undefined || previous === null) return { items: [], bytes: 0 }
  if (typeof previous !== 'string') throw invalid('previous_response_id', 'expected an id.')
  const id = generationIdOf(previous)
  const stored = id && (await shelf.find(id, accountId))
  if (!stored) {
    const detail =
      'no response of this id is stored here: it was not stored, was deleted, or is older than 30 days. Send the conversation itself.'
    throw invalid('previous_response_id', detail)
  }
  return {
    items: [...listOf(parseJson(stored.input)), ...outputItems(stored).map(withoutId)],
    bytes: stored.input.length + stored.response.length,
  }
}

async function withNamedItems(
  items: readonly unknown[],
  { shelf, accountId }: { readonly shelf: ResponseShelf; readonly accountId: AccountId },
): Promise<Found> {
  const ids = items.filter(isReference).map((item) => idOf(item))
  if (ids.length === 0) return { items, bytes: 0 }
  const stored = await shelf.findByItems(accountId, [...new Set(ids)])
  const byId = new Map<string, unknown>()
  for (const item of stored.flatMap(outputItems)) {
    const id = idOf(item)
    if (!byId.has(id)) byId.set(id, withoutId(item))
  }
  let bytes = 0
  const found = items.map((item, index) => {
    if (!isReference(item)) return item
    const whole = byId.get(idOf(item))
    if (whole === undefined) {
      const detail =
        'no item of this id is stored here. Send items whole: with "store": false, most clients do.'
      throw invalid(`input[${index}].id`, detail)
    }
    bytes += JSON.stringify(whole).length
    return whole
  })
  return { items: found, bytes }
}

/** Everything that a response says, as items. */
export function outputItems({ response }: Pick<StoredResponse, 'response'>): readonly unknown[] {
  const parsed = parseJson(response)
  return isObject(parsed) ? listOf(parsed['output']) : []
}

/** Ids mean something where an item is stored: here, not at the provider that is told of it. */
function withoutId(item: unknown): unknown {
  if (!isObject(item)) return item
  const { id: _id, status: _status, ...rest } = item
  return rest
}

/** Codex and the AI SDK leave the type out at times. */
function isReference(item: unknown): boolean {
  if (!isObject(item)) return false
  if (item['type'] === 'item_reference') return true
  return item['type'] === undefined && item['role'] === undefined && textOf(item['id']) !== null
}

function idOf(item: unknown): string {
  return isObject(item) ? (textOf(item['id']) ?? '') : ''
}
