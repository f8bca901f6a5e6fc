import { assert } from '#domain/faults.ts'
import type { AttemptErrorClass } from '#domain/generation.ts'

import type { Answered, HeardAnswer } from './answered.ts'
import type { House } from './house.ts'
import type { Life } from './life.ts'
import { askPlain } from './plain/ask-plain.ts'
import type { BoundedAttempt, ChatPlan } from './plan-chat.ts'
import { RelayedChat } from './relayed-chat.ts'
import { showsForeignReasoning } from './translate/foreign-reasoning.ts'
import { isChatRelay, speechFor } from './translate/protocols.ts'
import { TranslatedConversation } from './translate/translated-conversation.ts'
import { UpstreamListener, type Conversation } from './upstream-listener.ts'

/** Asks the planned endpoints in turn until one answers; never again once the client has seen a byte. */
export async function askUpstreams(house: House, life: Life, plan: ChatPlan): Promise<Answered> {
  let last: Answered | undefined
  for (const attempt of plan.attempts) {
    const startedAtMs = house.clock.nowMs()
    const startedMs = house.clock.monotonicMs()
    life.attempt = attempt
    last = await askOne(house, life, attempt)
    const { status, errorClass } = resultOf(last)
    const { slug, own } = attempt.endpoint.provider
    life.routingPath.push({
      provider: slug,
      upstreamModel: attempt.endpoint.upstreamModel,
      startedAtMs,
      latencyMs: Math.round(house.clock.monotonicMs() - startedMs),
      status,
      errorClass,
      ...(own === undefined ? {} : { credentialId: own.credentialId }),
    })
    if (last.kind !== 'failed' || !last.failure.retriable || life.isClientGone) break
  }
  assert(last, 'a plan has at least one attempt')
  return last
}

function resultOf(answered: Answered): {
  status: number | null
  errorClass: AttemptErrorClass | null
} {
  switch (answered.kind) {
    case 'answer':
    case 'translated':
    case 'plain':
      return { status: 200, errorClass: null }
    case 'failed':
      return { status: answered.failure.status, errorClass: answered.failure.errorClass }
    case 'stream':
    case 'translated_stream': {
      const { end } = answered
      if (end.kind === 'completed') return { status: 200, errorClass: null }
      return { status: 200, errorClass: end.kind === 'gone' ? 'aborted' : end.failure.errorClass }
    }
    default:
      return { status: null, errorClass: 'aborted' }
  }
}

function askOne(house: House, life: Life, attempt: BoundedAttempt): Promise<Answered> {
  if (life.plain) return askPlain(house, life, { attempt, question: life.plain })
  return new Promise((resolve) => {
    const conversation = conversationWith(house, life, attempt)
    const { provider } = attempt.endpoint
    const listener = new UpstreamListener({ house, life, provider, conversation, resolve })
    life.worker = listener
    if (life.isClientGone) listener.clientGone()
    else listener.begin()
  })
}

/** Bytes are relayed where both sides speak chat and nothing in it has to be rewritten. */
function conversationWith(
  house: House,
  life: Life,
  attempt: BoundedAttempt,
): Conversation<HeardAnswer> {
  const { provider } = attempt.endpoint
  const speech = speechFor(life.door.client, attempt)
  const mayRelay = isChatRelay(life.door.client, speech)
  if (mayRelay && !showsForeignReasoning(life.body, provider)) {
    return new RelayedChat(house, life, attempt)
  }
  return new TranslatedConversation({
    ...{ house, life, attempt },
    speech: mayRelay ? { ...speech, isNative: false } : speech,
  })
}
