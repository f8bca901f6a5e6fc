import type { IncomingMessage } from 'node:http'

import { Fault } from '#domain/faults.ts'

import type { JsonObject } from './canonical/request.ts'
import { promptText } from './estimate.ts'
import type { House } from './house.ts'
import { identify, refusalOf } from './identify.ts'
import { readBody } from './read-body.ts'
import { wholeConversation } from './responses/whole-conversation.ts'
import { readClientBody } from './translate/client-body.ts'
import type { Door } from './translate/doors.ts'

const messageTokens = 4

/**
 * How many tokens a request would put into a prompt, counted here and free of charge: an estimate, as the
 * provider's own template and tokenizer are not known. Throws the fault that refuses it.
 */
export async function countTokens(
  house: House,
  request: IncomingMessage,
  door: Door,
): Promise<number> {
  const caller = await identify(request, house.keys)
  if (!caller) throw new Fault('missing_api_key')
  const refusal = refusalOf(caller, {
    clock: house.clock,
    clientIp: house.clientAddressOf(request),
  })
  if (refusal) throw refusal
  const bytes = await readBody(house, request)
  const accountId = caller.account.id
  const complete =
    door.client === 'responses'
      ? (sent: JsonObject) => wholeConversation(sent, { shelf: house.shelf, accountId })
      : null
  const body = await readClientBody(door, request.headers, { bytes, complete })
  const [count = 0] = await house.tokenizer.count([promptText(body)])
  return count + body.request.messages.length * messageTokens
}
