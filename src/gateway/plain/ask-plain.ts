import { assert, type Fault } from '#domain/faults.ts'
import { plainCallsAtOnceMax } from '#domain/limits.ts'
import type { Answered, Unanswered } from '#gateway/answered.ts'
import type { PlainAnswer, PlainCall } from '#gateway/canonical/plain-protocol.ts'
import type { Warning } from '#gateway/canonical/request.ts'
import type { House } from '#gateway/house.ts'
import type { Life, LifeWorker } from '#gateway/life.ts'
import type { BoundedAttempt } from '#gateway/plan-chat.ts'
import { azureTarget } from '#gateway/providers/azure-openai/azure-address.ts'
import { cannotExpress } from '#gateway/translate/translated-answer.ts'
import {
  failureOfAnswer,
  failureOfErrorBody,
  notExpressible,
  type AttemptFailure,
} from '#gateway/upstream-faults.ts'
import { UpstreamListener } from '#gateway/upstream-listener.ts'

import { PlainConversation, type HeardPart } from './plain-call.ts'
import type { PlainQuestion } from './plain-endpoints.ts'
import { plainProduct } from './plain-product.ts'

/** Asks one endpoint of a model. All its calls succeed, or the attempt has failed. */
export async function askPlain(
  house: House,
  life: Life,
  { attempt, question }: { attempt: BoundedAttempt; question: PlainQuestion },
): Promise<Answered> {
  const { provider } = attempt.endpoint
  const encoding = question.encode(provider.protocol, targetOf(attempt))
  if (encoding.kind === 'impossible') {
    return failed(notExpressible(cannotExpress(encoding.param, encoding.detail)))
  }
  const { calls, warnings } = encoding
  const [first] = warnings
  if (first !== undefined && requiresParameters(question)) {
    const detail = `${first.detail} provider.require_parameters forbids that.`
    return failed(notExpressible(cannotExpress(first.param, detail)))
  }
  const heard = await new PlainAttempt(house, life, attempt).ask(calls)
  if (heard.kind !== 'parts') return heard
  return read(heard.answers, { life, attempt, question, warnings })
}

function failed(failure: AttemptFailure): Answered {
  return { kind: 'failed', failure }
}

function targetOf({ endpoint, model }: BoundedAttempt) {
  const { provider, upstreamModel } = endpoint
  const target = {
    provider: provider.slug,
    upstreamModel,
    maxOutputTokens: model.maxOutput,
    maxTokens: null,
    baseUrl: provider.baseUrl,
  }
  return provider.protocol === 'azure-openai' ? azureTarget(target) : target
}

function requiresParameters({ provider }: PlainQuestion): boolean {
  return (
    typeof provider === 'object' &&
    provider !== null &&
    'require_parameters' in provider &&
    provider.require_parameters === true
  )
}

function read(
  answers: readonly PlainAnswer[],
  parts: {
    life: Life
    attempt: BoundedAttempt
    question: PlainQuestion
    warnings: readonly Warning[]
  },
): Answered {
  const { life, attempt, question, warnings } = parts
  const { provider } = attempt.endpoint
  const decoded = question.decode(answers)
  switch (decoded.kind) {
    case 'error':
      return failed(failureOfErrorBody(provider, decoded.body))
    case 'unreadable': {
      const { detail } = decoded
      const errorClass = 'invalid_response'
      return failed(failureOfAnswer({ provider, status: 200, errorClass, detail }))
    }
    default: {
      const facts = {
        id: life.id,
        model: attempt.model.id,
        provider: provider.name,
        createdAtSeconds: Math.floor(life.createdAtMs / 1000),
      }
      const { value: write, usage } = decoded
      return {
        kind: 'plain',
        answer: plainProduct({ answers, write, usage, facts, warnings }),
      }
    }
  }
}

interface HeardParts {
  readonly kind: 'parts'
  readonly answers: readonly PlainAnswer[]
}

/** The calls of one attempt, a few at a time. The first that fails ends them all. */
class PlainAttempt implements LifeWorker {
  readonly #house: House
  readonly #life: Life
  readonly #attempt: BoundedAttempt
  readonly #listeners = new Set<UpstreamListener<HeardPart>>()
  #end: Unanswered | null = null

  constructor(house: House, life: Life, attempt: BoundedAttempt) {
    this.#house = house
    this.#life = life
    this.#attempt = attempt
  }

  async ask(calls: readonly PlainCall[]): Promise<HeardParts | Unanswered> {
    this.#life.worker = this
    if (this.#life.isClientGone) this.clientGone()
    const answers: PlainAnswer[] = []
    let next = 0
    const askOn = async () => {
      while (next < calls.length && this.#end === null) {
        const place = next
        next += 1
        const call = calls[place]
        assert(call, 'there are calls left')
        const heard = await this.#askOne(call)
        if (heard.kind === 'part') answers[place] = heard.answer
        else this.#endAll(heard)
      }
    }
    const lines = Math.min(calls.length, plainCallsAtOnceMax)
    await Promise.all(Array.from({ length: lines }, askOn))
    this.#life.worker = null
    return this.#end ?? { kind: 'parts', answers }
  }

  clientGone(): void {
    this.#endAll({ kind: 'gone' })
  }

  stop(fault: Fault): void {
    this.#endAll({ kind: 'stopped', fault })
  }

  #endAll(end: Unanswered): void {
    this.#end ??= end
    for (const listener of this.#listeners) listener.clientGone()
  }

  #askOne(call: PlainCall): Promise<HeardPart | Unanswered> {
    const house = this.#house
    const { provider } = this.#attempt.endpoint
    const conversation = new PlainConversation(house, provider, call)
    return new Promise((resolve) => {
      const listener = new UpstreamListener<HeardPart>({
        house,
        life: { worker: null },
        provider,
        conversation,
        resolve: (heard) => {
          this.#listeners.delete(listener)
          resolve(heard)
        },
      })
      this.#listeners.add(listener)
      listener.begin()
    })
  }
}
