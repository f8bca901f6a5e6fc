import type { Endpoint, Model, Provider } from './catalogue.ts'
import type { PicoUsd } from './money.ts'
import type { CredentialUse } from './own-credentials.ts'
import { ratesFor } from './pricing.ts'

/** What a request wishes about who may answer it. Null wishes nothing. */
export interface RoutingPreferences {
  readonly order: readonly string[] | null
  readonly only: readonly string[] | null
  readonly ignore: readonly string[] | null
  readonly allowFallbacks: boolean
  /** True: nobody who trains on what is sent, or might. */
  readonly denyDataCollection: boolean
  /** True: nobody who keeps what is sent, or might. */
  readonly zeroDataRetention: boolean
  /** The dearest acceptable rates, per token and per request. */
  readonly maxPrice: {
    readonly prompt: PicoUsd | null
    readonly completion: PicoUsd | null
    readonly request: PicoUsd | null
  }
  readonly sortByPrice: boolean
}

/** No wishes. */
export const noPreferences: RoutingPreferences = {
  order: null,
  only: null,
  ignore: null,
  allowFallbacks: true,
  denyDataCollection: false,
  zeroDataRetention: false,
  maxPrice: { prompt: null, completion: null, request: null },
  sortByPrice: false,
}

/** One way to answer a request. */
export interface PlannedAttempt {
  readonly model: Model
  readonly endpoint: Endpoint
}

/** A way to answer with a credential of the customer's own, and when it is used. */
export interface OwnOption {
  readonly endpoint: Endpoint
  readonly use: CredentialUse
}

/** Why an endpoint was left out, in OpenRouter's words. */
export type Exclusion =
  | 'allowed_providers'
  | 'data_policy:training'
  | 'data_policy:zdr'
  | 'max_price'
  | 'own_credential_required'

/** The attempts in order, at least one; or, when wishes leave nobody, which wishes they were. */
export type RoutingPlan =
  | { readonly kind: 'attempts'; readonly attempts: readonly PlannedAttempt[] }
  | { readonly kind: 'nobody_left'; readonly excludedBy: readonly Exclusion[] }

/** The most attempts for one request; as many again with credentials of the customer's own. */
export const attemptsMax = 3

/**
 * Who is asked, in which order. The models come first to last, and each model's endpoints in the
 * catalogue's order unless the wishes say otherwise. A wish is never loosened to find somebody. An
 * unknown data policy counts as the worst one. `promptTokensMax` chooses the price tiers that a price
 * wish is compared with.
 *
 * `own` names the ways of a model with credentials of the customer's own. They come before or after the
 * shared ones of the same model whatever `order` says, and where one is to be used only, no shared one is
 * asked for that model. Wishes about providers and data hold for them too; those about price do not, as
 * nothing of it is paid here.
 */
export function planAttempts(question: RoutingQuestion): RoutingPlan {
  const { models, preferences, own } = question
  const [only] = models
  if (only && models.length === 1 && preferences === noPreferences && own === undefined) {
    const shared = only.endpoints.every(isShared) ? only.endpoints : only.endpoints.filter(isShared)
    if (shared.length > 0) {
      const attempts = shared.slice(0, attemptsMax)
      return { kind: 'attempts', attempts: attempts.map((endpoint) => ({ model: only, endpoint })) }
    }
  }
  const excludedBy = new Set<Exclusion>()
  const attempts = models.flatMap((model) => waysOf(model, question, excludedBy))
  if (attempts.length === 0) return { kind: 'nobody_left', excludedBy: [...excludedBy].toSorted() }
  const ownCount = attempts.filter(({ endpoint }) => endpoint.provider.own !== undefined).length
  const mayGoOn = preferences.allowFallbacks || preferences.order !== null
  const most = mayGoOn ? attemptsMax + Math.min(ownCount, attemptsMax) : 1
  return { kind: 'attempts', attempts: attempts.slice(0, most) }
}

/** What is asked of the plan. */
interface RoutingQuestion {
  readonly models: readonly Model[]
  readonly preferences: RoutingPreferences
  readonly promptTokensMax: number
  /** Absent: the customer brought no credential. */
  readonly own?: (model: Model) => readonly OwnOption[]
}

/** The ways to one model, in order. Adds why others were left out. */
function waysOf(
  model: Model,
  { preferences, promptTokensMax, own }: RoutingQuestion,
  excludedBy: Set<Exclusion>,
): readonly PlannedAttempt[] {
  const direct = directSlugs(model)
  const isLeft = (endpoint: Endpoint) => {
    const reason = exclusionOf({ endpoint, preferences, direct, promptTokensMax })
    if (reason) excludedBy.add(reason)
    return !reason
  }
  const options = own?.(model) ?? []
  const mayShare = !options.some(({ use }) => use === 'only')
  const shared = mayShare ? model.endpoints.filter(isLeft) : []
  const left = options.filter(({ endpoint }) => isLeft(endpoint)).slice(0, attemptsMax)
  return [
    ...left.filter(({ use }) => use !== 'last').map(({ endpoint }) => endpoint),
    ...inOrder({ endpoints: shared, preferences, direct }).slice(0, attemptsMax),
    ...left.filter(({ use }) => use === 'last').map(({ endpoint }) => endpoint),
  ].map((endpoint) => ({ model, endpoint }))
}

function isShared({ provider }: Endpoint): boolean {
  return provider.needsOwnCredential !== true
}

/**
 * The names of a list that are left for a routing provider to obey: those that are no provider of ours
 * for this model. Undefined when none is left.
 */
export function namesForRouter(
  names: readonly string[] | null | undefined,
  model: Model,
): readonly string[] | undefined {
  const direct = directSlugs(model)
  const left = (names ?? []).filter((name) => !direct.has(baseSlug(name)))
  return left.length === 0 ? undefined : left
}

/** `deepinfra/turbo` names a variant of `deepinfra`. */
function baseSlug(name: string): string {
  const slash = name.indexOf('/')
  return slash === -1 ? name : name.slice(0, slash)
}

function directSlugs(model: Model): ReadonlySet<string> {
  return new Set(model.endpoints.map((endpoint) => endpoint.provider.slug))
}

interface EndpointQuestion {
  readonly endpoint: Endpoint
  readonly preferences: RoutingPreferences
  readonly direct: ReadonlySet<string>
  readonly promptTokensMax: number
}

function exclusionOf(question: EndpointQuestion): Exclusion | undefined {
  const { endpoint, preferences, direct } = question
  const { provider } = endpoint
  const { only, ignore, order, allowFallbacks } = preferences
  if (provider.own === undefined && !isShared(endpoint)) return 'own_credential_required'
  if (only !== null && rankIn(only, provider, direct) === -1) return 'allowed_providers'
  if (order !== null && !allowFallbacks && rankIn(order, provider, direct) === -1) {
    return 'allowed_providers'
  }
  if (ignore?.some((name) => baseSlug(name) === provider.slug)) return 'allowed_providers'
  const { retentionDays, trains } = provider.dataPolicy
  if (preferences.denyDataCollection && trains !== false) return 'data_policy:training'
  if (preferences.zeroDataRetention && (retentionDays !== 0 || trains !== false)) {
    return 'data_policy:zdr'
  }
  return provider.own === undefined && isTooDear(question) ? 'max_price' : undefined
}

function isTooDear({ endpoint, preferences, promptTokensMax }: EndpointQuestion): boolean {
  const { prompt, completion, request } = preferences.maxPrice
  if (prompt === null && completion === null && request === null) return false
  const { base } = endpoint.price.sheet
  return [base, ratesFor(promptTokensMax, endpoint.price.sheet)].some(
    (rates) =>
      (prompt !== null && rates.prompt > prompt) ||
      (completion !== null && rates.completion > completion) ||
      (request !== null && rates.request > request),
  )
}

/**
 * The place of a provider in a list of names, or -1. A provider that routes further also stands for each
 * name that is none of ours: it is asked to obey that name itself.
 */
function rankIn(names: readonly string[], provider: Provider, direct: ReadonlySet<string>): number {
  return names.findIndex((name) => {
    const slug = baseSlug(name)
    return slug === provider.slug || (provider.kind === 'routing' && !direct.has(slug))
  })
}

function inOrder(question: {
  endpoints: readonly Endpoint[]
  preferences: RoutingPreferences
  direct: ReadonlySet<string>
}): readonly Endpoint[] {
  const { endpoints, preferences, direct } = question
  const { order, sortByPrice } = preferences
  if (order !== null) {
    const rank = (endpoint: Endpoint) => {
      const place = rankIn(order, endpoint.provider, direct)
      return place === -1 ? order.length : place
    }
    return endpoints.toSorted((left, right) => rank(left) - rank(right))
  }
  if (!sortByPrice) return endpoints
  const priceOf = ({ price: { sheet } }: Endpoint) => sheet.base.prompt + sheet.base.completion
  return endpoints.toSorted((left, right) => {
    const difference = priceOf(left) - priceOf(right)
    return difference < 0n ? -1 : difference > 0n ? 1 : 0
  })
}
