import { Fault, unreachable } from '#domain/faults.ts'
import {
  controlClaimTtlMs,
  idempotencyKeyLengthMax,
  idempotencyRetryAfterSeconds,
  idempotentAnswerKeptMs,
} from '#domain/limits.ts'

import { actorIdOf, type Actor } from './actor.ts'
import { hashKey } from './keys/hash-key.ts'
import type { ControlParts } from './operation.ts'

/** A change that may be asked for again with the same `Idempotency-Key`. */
export interface RepeatableRequest {
  readonly actor: Actor
  /** The header; null: the request is carried out every time. */
  readonly key: string | null
  /** What makes it this request: method, address and body. */
  readonly text: string
  readonly status: number
  readonly run: () => Promise<object>
}

/** What came of it, now or the first time. */
export interface RepeatedAnswer {
  readonly answer: object
  readonly isRepeated: boolean
}

/**
 * Carries a change out once for each key: whoever asks again, for a day, is given the first answer. It is
 * kept sealed, as it may hold the secret of a new key. What was refused is not kept: it may be sent again
 * with the same key. A request whose process died frees its key after a minute.
 */
export async function onlyOnce(
  request: RepeatableRequest,
  parts: Pick<ControlParts, 'answers' | 'secrets' | 'clock'>,
): Promise<RepeatedAnswer> {
  const { actor, key, text, status, run } = request
  const actorId = actorIdOf(actor)
  if (key === null || actorId === null) return { answer: await run(), isRepeated: false }
  refuseBadKey(key)
  const { answers, secrets, clock } = parts
  const name = { actorId, keyHash: await hashKey(key) }
  const context = `control answer ${actorId} ${key}`
  const fingerprint = await hashKey(text)
  const nowMs = clock.nowMs()
  const claim = await answers.claim({ ...name, fingerprint, nowMs, ttlMs: controlClaimTtlMs })
  switch (claim.kind) {
    case 'answered':
      return { answer: JSON.parse(secrets.open(context, claim.sealed)), isRepeated: true }
    case 'in_use':
      throw new Fault('idempotency_key_in_use', { retryAfterSeconds: idempotencyRetryAfterSeconds })
    case 'other_request':
      throw new Fault('idempotency_key_reused')
    case 'claimed':
      break
    default:
      return unreachable(claim)
  }
  try {
    const answer = await run()
    const sealed = await secrets.seal(context, JSON.stringify(answer))
    const expiresAtMs = clock.nowMs() + idempotentAnswerKeptMs
    await answers.keep({ ...name, status, sealed, expiresAtMs })
    return { answer, isRepeated: false }
  } catch (error) {
    await answers.release(name)
    throw error
  }
}

function refuseBadKey(key: string): void {
  if (key.length <= idempotencyKeyLengthMax && /^[\x21-\x7e]+$/.test(key)) return
  const detail =
    `Idempotency-Key: it must be 1 to ${idempotencyKeyLengthMax} visible ASCII characters ` +
    'without spaces.'
  throw new Fault('invalid_request', { param: 'Idempotency-Key', details: { detail } })
}
