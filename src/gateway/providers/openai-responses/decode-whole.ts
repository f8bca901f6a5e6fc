import { readComplaint } from '#domain/upstream-complaint.ts'
import type { Delta } from '#gateway/canonical/delta.ts'
import { isObject, listOf, numberOf, textOf } from '#gateway/canonical/json.ts'
import type { DecodedWhole, DecodingContext } from '#gateway/canonical/provider-protocol.ts'
import type { JsonObject } from '#gateway/canonical/request.ts'

import { finishOf, piecesOfItem, type AnswerCount } from './output-items.ts'
import { readUsage } from './read-usage.ts'
import { responsesDialect } from './responses-dialect.ts'

/** Reads a whole response object. */
export function decodeWhole(body: unknown, context: DecodingContext): DecodedWhole {
  if (!isObject(body)) return { kind: 'unreadable', detail: 'it is not a response object' }
  if (body['status'] === 'failed' || isError(body)) return { kind: 'error', body: errorIn(body) }
  if (!Array.isArray(body['output'])) {
    return { kind: 'unreadable', detail: 'it is not a response object' }
  }
  if (body['status'] === 'queued' || body['status'] === 'in_progress') {
    return { kind: 'unreadable', detail: `its status is "${body['status']}"` }
  }
  const count = countFor(context)
  const deltas: Delta[] = [startOf(body)]
  for (const item of body['output']) {
    if (isObject(item)) deltas.push(...piecesOfItem(item, count))
  }
  const usage = readUsage(body['usage'])
  if (usage) deltas.push({ kind: 'usage', usage })
  deltas.push(finishOf(body, count))
  return { kind: 'answer', deltas }
}

/** Counts from nothing, in the dialect of the provider that answers. */
export function countFor(context: DecodingContext): AnswerCount {
  const { reasoningFormat: format } = responsesDialect(context.provider ?? '', '')
  return { context, format, calls: 0, blocks: 0 }
}

/** What a response says of itself at its beginning. */
export function startOf(response: JsonObject): Delta {
  return {
    kind: 'start',
    upstreamId: textOf(response['id']),
    model: textOf(response['model']),
    createdAtSeconds: numberOf(response['created_at']),
  }
}

function isError(body: JsonObject): boolean {
  if (listOf(body['output']).length > 0) return false
  const { error } = body
  return (error !== undefined && error !== null) || body['type'] === 'error'
}

/** The complaint of a failed response or an error event, as one object with `error`. */
export function errorIn(body: JsonObject): JsonObject {
  if (isObject(body['error'])) return { error: body['error'] }
  const complaint = readComplaint(body)
  if (complaint) return body
  return {
    error: { message: 'The response failed.', type: 'server_error', code: null, param: null },
  }
}
