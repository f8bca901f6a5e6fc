import { assert } from '#domain/faults.ts'

import { countedBody } from './clients/gemini/count-tokens.ts'
import { promptText } from './estimate.ts'
import { readBody } from './read-body.ts'
import { callerOf, type ReadQuestion } from './read-routes.ts'
import { completeResponses } from './responses/in-a-life.ts'
import { readClientBody, type CompleteBody } from './translate/client-body.ts'
import type { Door } from './translate/doors.ts'

const messageTokens = 4

/**
 * How many tokens a request would put into a prompt, counted here and free of charge: an estimate, as the
 * provider's own template and tokenizer are not known. Throws the fault that refuses it.
 */
export async function countTokens(
  { house, request }: Pick<ReadQuestion, 'house' | 'request'>,
  door: Door,
): Promise<number> {
  const { account } = await callerOf(house, request, 'inference')
  const bytes = await readBody(house, request)
  const complete: Partial<Record<Door['client'], CompleteBody>> = {
    responses: completeResponses(house, account.id),
    // Google's clients may wrap the request that is to be counted.
    gemini: (sent) => Promise.resolve({ body: countedBody(sent), storedBytes: 0 }),
  }
  const parts = { bytes, complete: complete[door.client] ?? null }
  const body = await readClientBody(door, request.headers, parts)
  const [count] = await house.tokenizer.count([promptText(body)])
  assert(count !== undefined, 'one text has one count')
  return count + body.request.messages.length * messageTokens
}
