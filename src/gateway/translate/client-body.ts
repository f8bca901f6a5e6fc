import { parseChatRequest } from '#contract/chat.ts'
import { Fault } from '#domain/faults.ts'
import type { ClientMessage, ReadRequest } from '#gateway/canonical/client-protocol.ts'
import { isObject } from '#gateway/canonical/json.ts'
import type { JsonObject, ModelRequest } from '#gateway/canonical/request.ts'
import { parseBody, parseJsonBody, type ParsedBody } from '#gateway/parse-body.ts'
import { billingBody } from '#gateway/providers/openai/encode.ts'
import type { WholeConversation } from '#gateway/responses/whole-conversation.ts'

import type { Door } from './doors.ts'
import { clientProtocols } from './protocols.ts'

/** Puts into a body what it only refers to. Throws the fault that refuses it. */
export type CompleteBody = (body: JsonObject) => Promise<WholeConversation>

/**
 * Reads a body in the protocol of its door. Throws `invalid_json` or `invalid_request`. `complete` is null
 * where nothing can be referred to.
 */
export function readClientBody(
  door: Door,
  headers: ClientMessage['headers'],
  parts: { bytes: Buffer; complete: CompleteBody | null },
): ParsedBody | Promise<ParsedBody> {
  const { bytes: body, complete } = parts
  if (door.client === 'chat') return parseBody(body)
  const { bytes, shape, value: sent } = parseJsonBody(body)
  if (!isObject(sent)) {
    throw new Fault('invalid_json', { details: { detail: 'it is not an object' } })
  }
  const finish = ({ body: value, storedBytes }: WholeConversation): ParsedBody => {
    const message = { body: value, headers, address: door.address }
    const read = clientProtocols[door.client].read(message)
    const request = chatViewOf(read)
    const promptBytes = bytes.length + storedBytes
    return { bytes, shape, request, promptBytes, foreign: { sent, value, read } }
  }
  return complete === null ? finish({ body: sent, storedBytes: 0 }) : complete(sent).then(finish)
}

/**
 * The chat request that asks for the same: by it, a request of any protocol is planned, bounded and counted.
 * Tools of a provider are not in it: encoders send those on that cost nothing beside tokens, and tell of
 * the others.
 */
function chatViewOf({ request, model, models, provider }: ReadRequest) {
  const tools = request.tools.filter(({ kind }) => kind !== 'provider')
  const { model: _, ...body } = billingBody({ ...request, tools }, '')
  return parseChatRequest({
    ...body,
    stream: request.stream,
    ...(model === null ? {} : { model }),
    ...(models === null ? {} : { models }),
    ...(provider === undefined ? {} : { provider }),
  })
}

const chatRequests = new WeakMap<ParsedBody, ModelRequest>()

/** What is asked of the model, whichever protocol it was asked in. Throws `invalid_request`. */
export function modelRequestOf(body: ParsedBody): ModelRequest {
  if (body.foreign) return body.foreign.read.request
  const known = chatRequests.get(body)
  if (known) return known
  const message = { body: body.request, headers: {}, address: null }
  const { request } = clientProtocols.chat.read(message)
  chatRequests.set(body, request)
  return request
}

/** The client's words as a value, with everything in it that they only refer to. */
export function valueOf(body: ParsedBody): JsonObject {
  return body.foreign?.value ?? body.request
}

/** The client's words as they came. */
export function sentBy(body: ParsedBody): JsonObject {
  return body.foreign?.sent ?? body.request
}
