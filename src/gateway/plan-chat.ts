import type { ChatRequest, ProviderPreferences } from '#contract/chat.ts'
import { boundRequest, type RequestBound } from '#domain/bound.ts'
import {
  servesOneOf,
  type Catalogue,
  type Endpoint,
  type Model,
  type ModelUse,
} from '#domain/catalogue.ts'
import { assert, Fault } from '#domain/faults.ts'
import { parseDecimal, picoUsd, zeroNanoUsd, type NanoUsd, type PicoUsd } from '#domain/money.ts'
import { nearNames } from '#domain/near-names.ts'
import { boundCharge } from '#domain/own-fee.ts'
import {
  noPreferences,
  planAttempts,
  type PlannedAttempt,
  type RoutingPreferences,
} from '#domain/routing.ts'
import { unpricedMembers } from '#domain/unpriced.ts'

import type { KnownKey } from './key-directory.ts'
import { limitsOf, type HeldLimits } from './limits/holders.ts'
import { mayUseModel, refuseForbiddenModel, withAllowedProviders } from './limits/permissions.ts'
import { ownOptions } from './own/own-options.ts'
import type { ParsedBody } from './parse-body.ts'

/** One attempt with the most it can cost. */
export interface BoundedAttempt extends PlannedAttempt {
  readonly bound: RequestBound
  readonly boundNanoUsd: NanoUsd
}

/** Who will be asked, in order, and the most that any of them can cost. */
export interface ChatPlan {
  readonly requestedModel: string
  readonly attempts: readonly [BoundedAttempt, ...BoundedAttempt[]]
  readonly boundNanoUsd: NanoUsd
  /** The client chose its own limit of output. */
  readonly hasOwnMaxTokens: boolean
  /** There is no output whose length could be limited. */
  readonly isUnlimitable?: true
}

/** What a request says about who is to answer it, and what for. */
export interface Wish {
  /** The model, or the first of those to fall back to; empty: none was named. */
  readonly name: string
  readonly fallbacks: readonly string[]
  readonly provider: ProviderPreferences | null | undefined
  readonly promptTokensMax: number
  /** The model must be good for one of these. */
  readonly uses: readonly ModelUse[]
  /** Where it was asked, for people. */
  readonly path: string
}

const suggestionsMax = 3

/** Chooses who may answer a chat request, or one that asks for the same. Throws what `chooseAttempts` throws. */
export function planChat(
  catalogue: Catalogue,
  body: ParsedBody,
  { caller, uses, path }: Pick<Wish, 'uses' | 'path'> & { caller: KnownKey },
): ChatPlan {
  const { request, promptBytes } = body
  const name = request.model ?? request.models?.[0] ?? ''
  const fallbacks = request.models ?? noNames
  const wish = { name, fallbacks, provider: request.provider, promptTokensMax: promptBytes }
  const chosen = chooseAttempts(catalogue, { ...wish, uses, path }, caller)
  const bounded = boundAll(pricedAttempts(chosen, body), body)
  return planOf(name, bounded, hasOwnMaxTokens(request))
}

const noNames: readonly string[] = []

/** The plan of these attempts, of which there is at least one. */
export function planOf(
  requestedModel: string,
  attempts: readonly BoundedAttempt[],
  hasOwnMaxTokens: boolean,
): ChatPlan {
  const [first, ...rest] = attempts
  assert(first, 'a plan has at least one attempt')
  return {
    requestedModel,
    attempts: [first, ...rest],
    boundNanoUsd: rest.reduce(
      (most, { boundNanoUsd }) => (boundNanoUsd > most ? boundNanoUsd : most),
      first.boundNanoUsd,
    ),
    hasOwnMaxTokens,
  }
}

/**
 * Who may answer, in order. Throws `model_not_found` (with near names), `model_not_for_endpoint`,
 * `no_endpoint_allowed`, or `invalid_request` for a wish that cannot be read, or `permission_denied` where
 * limits do not allow the model, or none of its providers. A fallback model that is not served here, not for
 * this, or not allowed, is skipped.
 */
export function chooseAttempts(
  catalogue: Catalogue,
  wish: Wish,
  caller: KnownKey,
): readonly PlannedAttempt[] {
  const { name, uses } = wish
  const limits = limitsOf(caller)
  const model = catalogue.byName.get(name) ?? refuseModel(catalogue, name)
  if (!servesOneOf(model, uses)) refuseUse(catalogue, wish, limits)
  refuseForbiddenModel(model, limits)
  const others = knownModels(catalogue, wish.fallbacks).filter(
    (other) => servesOneOf(other, uses) && mayUseModel(other, limits),
  )
  const models = others.length === 0 ? [model] : [...new Set([model, ...others])]
  const own = ownOptions(catalogue, caller.credentials, limits)
  const plan = planAttempts({
    models: withAllowedProviders(models, limits, own),
    preferences: readPreferences(wish.provider),
    promptTokensMax: wish.promptTokensMax,
    ...(own === undefined ? {} : { own }),
  })
  if (plan.kind === 'nobody_left') {
    const detail = plan.excludedBy.join(', ') || 'it has no provider'
    throw new Fault('no_endpoint_allowed', {
      param: 'provider',
      details: { model: name, detail },
      metadata: { excluded_by: plan.excludedBy },
    })
  }
  return plan.attempts
}

/**
 * What a provider bills beside tokens (searches, dearer tiers) has no price here. A provider that routes
 * further is trusted to be priced with them; all others are not asked for it.
 */
function pricedAttempts(
  attempts: readonly PlannedAttempt[],
  { request }: ParsedBody,
): readonly PlannedAttempt[] {
  const [member] = unpricedMembers(request)
  if (member === undefined) return attempts
  const left = attempts.filter(({ endpoint }) => isPaidElsewhere(endpoint))
  if (left.length > 0) return left
  throw new Fault('invalid_request', {
    param: member,
    details: { detail: `${member} has no price here, so it cannot be used with this model.` },
  })
}

/** By the provider that it routes to, or with a credential of the customer's own, by the customer. */
function isPaidElsewhere({ provider }: Endpoint): boolean {
  return provider.kind === 'routing' || provider.own !== undefined
}

function hasOwnMaxTokens(request: ChatRequest): boolean {
  return (request.max_tokens ?? request.max_completion_tokens ?? null) !== null
}

function boundAll(
  attempts: readonly PlannedAttempt[],
  { request, promptBytes }: ParsedBody,
): readonly BoundedAttempt[] {
  const bounds = new Map<Model, RequestBound>()
  return attempts.map(({ model, endpoint }) => {
    const bound =
      bounds.get(model) ?? boundRequest({ body: request, bodyByteLength: promptBytes, model })
    bounds.set(model, bound)
    return { model, endpoint, bound, boundNanoUsd: boundCharge(bound, endpoint) }
  })
}

/**
 * The plan without the endpoints that are paid here, when there is not enough credit for them: what goes by
 * the customer's own credentials goes on. Undefined when nothing is left, or nothing is left out.
 */
export function ownPartOf(plan: ChatPlan): ChatPlan | undefined {
  const own = plan.attempts.filter(({ endpoint }) => endpoint.provider.own !== undefined)
  const [first, ...rest] = own
  if (first === undefined || own.length === plan.attempts.length) return undefined
  return { ...plan, attempts: [first, ...rest], boundNanoUsd: dearestBound([first, ...rest]) }
}

function dearestBound(attempts: ChatPlan['attempts']): NanoUsd {
  return attempts.reduce<NanoUsd>(
    (most, { boundNanoUsd }) => (boundNanoUsd > most ? boundNanoUsd : most),
    zeroNanoUsd,
  )
}

/** The cost bound of all attempts when each choice may have at most `maxTokens` of output. */
export function boundWithMaxTokens(plan: ChatPlan, maxTokens: number): NanoUsd {
  return plan.attempts.reduce<NanoUsd>((most, { bound, endpoint }) => {
    const completionTokens = bound.choiceCount * maxTokens + bound.predictionTokens
    const cost = boundCharge({ ...bound, completionTokens }, endpoint)
    return cost > most ? cost : most
  }, zeroNanoUsd)
}

function knownModels(catalogue: Catalogue, names: readonly string[]): readonly Model[] {
  return names.flatMap((name) => catalogue.byName.get(name) ?? [])
}

function refuseModel(catalogue: Catalogue, name: string): never {
  const near = nearNames(name, catalogue.byName.keys(), suggestionsMax)
  const suggestion =
    near.length === 0 ? '' : ` Did you mean ${near.map((other) => `"${other}"`).join(' or ')}?`
  throw new Fault('model_not_found', {
    param: 'model',
    details: { model: name.slice(0, 200), suggestion },
    metadata: near.length === 0 ? {} : { suggestions: near },
  })
}

const othersNamedMax = 5

/** The model is there, but not for this: says which ones are, among those that the caller may use. */
function refuseUse(
  catalogue: Catalogue,
  { name, uses, path }: Wish,
  limits: readonly HeldLimits[],
): never {
  const others = catalogue.models
    .filter((model) => servesOneOf(model, uses) && mayUseModel(model, limits))
    .map(({ id }) => id)
  const shown = others.slice(0, othersNamedMax).map((id) => `"${id}"`)
  const more = others.length > shown.length ? `, and ${others.length - shown.length} more` : ''
  const advice =
    shown.length === 0
      ? 'No model that you may use can; GET /v1/models says at which endpoints each can be asked.'
      : `These can: ${shown.join(', ')}${more}. GET /v1/models says at which endpoints each can be asked.`
  throw new Fault('model_not_for_endpoint', {
    param: 'model',
    details: { model: name, path, advice },
    metadata: { models: others.slice(0, othersNamedMax) },
  })
}

/** Wishes that order endpoints by figures which are not measured here; they exclude nobody. */
const softOrders = new Set(['throughput', 'latency', 'exacto'])

function readPreferences(sent: ProviderPreferences | null | undefined): RoutingPreferences {
  if (!sent) return noPreferences
  const sort = typeof sent.sort === 'object' ? sent.sort?.by : sent.sort
  if (sort !== undefined && sort !== null && sort !== 'price' && !softOrders.has(sort)) {
    throw new Fault('invalid_request', {
      param: 'provider.sort',
      details: { detail: `provider.sort "${sort}" is not known; use "price".` },
    })
  }
  return {
    order: sent.order ?? null,
    only: sent.only ?? null,
    ignore: sent.ignore ?? null,
    allowFallbacks: sent.allow_fallbacks ?? true,
    denyDataCollection: sent.data_collection === 'deny',
    zeroDataRetention: sent.zdr === true,
    maxPrice: {
      prompt: readPrice('prompt', sent.max_price?.prompt, decimalsPerMillionTokens),
      completion: readPrice('completion', sent.max_price?.completion, decimalsPerMillionTokens),
      request: readPrice('request', sent.max_price?.request, decimalsPerRequest),
    },
    sortByPrice: sort === 'price',
  }
}

/** A millionth of a dollar for a million tokens is one pico-dollar for one token. */
const decimalsPerMillionTokens = 6
const decimalsPerRequest = 12

function readPrice(
  name: string,
  value: string | number | undefined,
  decimals: number,
): PicoUsd | null {
  if (value === undefined) return null
  const units = parseDecimal(String(value), decimals)
  if (units === undefined || units < 0n) {
    throw new Fault('invalid_request', {
      param: `provider.max_price.${name}`,
      details: {
        detail: `provider.max_price.${name} must be a plain amount of US dollars with at most ${decimals} decimals.`,
      },
    })
  }
  return picoUsd(units)
}
