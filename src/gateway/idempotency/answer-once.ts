import type { ServerResponse } from 'node:http'

import { assert } from '#domain/faults.ts'
import type { House } from '#gateway/house.ts'
import { beginWork, type Life } from '#gateway/life.ts'

import { follow } from './follow.ts'
import { fingerprintOf, hashIdempotencyKey } from './idempotency-key.ts'

/**
 * Answers a request with an idempotency key: with the answer that its key has already, or is getting, or
 * gets now. The work belongs to the key and not to the client that began it: it goes on when that client
 * leaves. `words` are what makes a request the same one when it is sent again. Throws the fault that refuses the client, with nothing sent and nothing begun.
 */
export async function answerOnce(
  house: House,
  client: { life: Life; response: ServerResponse },
  { path, words, work }: { path: string; words: Buffer; work: (life: Life) => Promise<void> },
): Promise<void> {
  const { life } = client
  const { caller, id: generationId } = life
  assert(caller, 'a request is answered after it is identified')
  const name = {
    accountId: caller.account.id,
    keyHash: hashIdempotencyKey(life.request),
    fingerprint: fingerprintOf(path, words),
    generationId,
  }
  const entered = await house.answers.enter(name, async (recording) => {
    const own = beginWork(house, life, recording)
    await work(own)
    return own.settled
  })
  await follow(house, client, entered)
}
