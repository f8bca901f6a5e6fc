import {
  servesOneOf,
  type Catalogue,
  type Endpoint,
  type Model,
  type Provider,
} from '#domain/catalogue.ts'
import { credentialTestTimeoutMs } from '#domain/limits.ts'
import type { CredentialTest, OpenedCredential } from '#domain/own-credentials.ts'
import { ownEndpointOf, ownProviderOf } from '#domain/own-providers.ts'
import type { Unanswered } from '#gateway/answered.ts'
import type { House } from '#gateway/house.ts'
import type { Life } from '#gateway/life.ts'
import type { AttemptFailure } from '#gateway/upstream-faults.ts'
import { UpstreamListener, type ListeningHouse } from '#gateway/upstream-listener.ts'

import { TrialCall, type Heard } from './trial-call.ts'

/** What a trial call needs of the world: what requests need of it. */
export type ProbingHouse = ListeningHouse &
  Pick<House, 'signer' | 'userAgent' | 'clock' | 'catalogue'>

type Outcome = Omit<CredentialTest, 'at'>

/**
 * Tries a credential by asking one model for a few words, by the same protocols and through the same guard
 * as requests. The cheapest model is asked that the credential reaches.
 */
export async function probeCredential(
  house: ProbingHouse,
  opened: OpenedCredential,
): Promise<Outcome> {
  const { label, provider: slug } = opened.credential
  if (opened.secret === null) {
    const detail = 'The secret cannot be opened any more. Bring the same key again.'
    return { outcome: 'failed', detail }
  }
  const provider = ownProviderOf(opened, house.catalogue)
  if (provider === undefined) {
    return { outcome: 'failed', detail: `"${slug}" is not served here any more.` }
  }
  const target = cheapestOf(opened, provider, house.catalogue)
  if (target === undefined) {
    const detail = `No model is served here that "${label}" could be asked for.`
    return { outcome: 'failed', detail }
  }
  return ask(house, target)
}

interface Target {
  readonly model: Model
  readonly endpoint: Endpoint
}

function cheapestOf(
  { credential }: OpenedCredential,
  provider: Provider,
  { models }: Catalogue,
): Target | undefined {
  const priceOf = ({ endpoint }: Target) => {
    const { prompt, completion } = endpoint.price.sheet.base
    return prompt + completion
  }
  return models
    .filter((model) => servesOneOf(model, ['chat']))
    .flatMap((model) => {
      const endpoint = ownEndpointOf(model, { credential, provider }, 0)
      return endpoint === undefined ? [] : [{ model, endpoint }]
    })
    .reduce<Target | undefined>(
      (best, one) => (best === undefined || priceOf(one) < priceOf(best) ? one : best),
      undefined,
    )
}

async function ask(house: ProbingHouse, target: Target): Promise<Outcome> {
  const { endpoint, model } = target
  const startedMs = house.clock.monotonicMs()
  const heard = await new Promise<Heard | Unanswered>((resolve) => {
    const life: Pick<Life, 'worker'> = { worker: null }
    const conversation = new TrialCall(house, target)
    const { provider } = endpoint
    const cancel = house.clock.after(credentialTestTimeoutMs, () => {
      life.worker?.clientGone()
    })
    const listener = new UpstreamListener({
      ...{ house, life, provider, conversation },
      resolve: (answered) => {
        cancel()
        resolve(answered)
      },
    })
    life.worker = listener
    listener.begin()
  })
  const seconds = ((house.clock.monotonicMs() - startedMs) / 1000).toFixed(1)
  if (heard.kind === 'heard') {
    const detail = `${endpoint.provider.name} answered for ${model.id} (${endpoint.upstreamModel}) in ${seconds} s.`
    return { outcome: 'works', detail }
  }
  if (heard.kind === 'failed') return outcomeOf(heard.failure, model)
  const limit = credentialTestTimeoutMs / 1000
  return { outcome: 'unreachable', detail: `There was no answer for ${model.id} in ${limit} s.` }
}

function outcomeOf({ fault, status, errorClass }: AttemptFailure, model: Model): Outcome {
  const detail = `Asked for ${model.id}: ${fault.message}`
  if (status === 429) return { outcome: 'limited', detail }
  if (status === 401 || status === 402 || status === 403) return { outcome: 'refused', detail }
  const isAway = status === null && errorClass !== 'not_expressible'
  return { outcome: isAway ? 'unreachable' : 'failed', detail }
}
