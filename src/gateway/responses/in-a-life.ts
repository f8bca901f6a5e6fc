import type { AccountId } from '#domain/identifiers.ts'
import type { House } from '#gateway/house.ts'
import type { Life } from '#gateway/life.ts'
import type { CompleteBody } from '#gateway/translate/client-body.ts'

import { keptResponse, storingOf, type Storing } from './kept-response.ts'
import { wholeConversation } from './whole-conversation.ts'

/** Puts the conversation that a request refers to into its body, as far as its account stored it. */
export function completeResponses(
  { shelf }: Pick<House, 'shelf'>,
  accountId: AccountId,
): CompleteBody {
  return (body) => wholeConversation(body, { shelf, accountId })
}

const notStored: Storing = { isStored: false, warnings: [] }

/** Whether the answer of this life may be stored, and what its client is told about it. */
export function storingIn({ door, body, contentMode }: Life): Storing {
  if (door.client !== 'responses' || !body?.foreign) return notStored
  return storingOf(body.foreign.sent, contentMode)
}

/** Stores an answer, where it is to be stored, just before its end leaves. `text` is all of it, or its end. */
export function keepResponse({ shelf }: House, life: Life, text: string): void {
  const { id, caller, body, createdAtMs } = life
  if (!storingIn(life).isStored || !caller || !body?.foreign) return
  const kept = keptResponse({
    id,
    accountId: caller.account.id,
    createdAtMs,
    body: body.foreign.value,
    answerText: text,
  })
  if (kept) shelf.keep(kept)
}
