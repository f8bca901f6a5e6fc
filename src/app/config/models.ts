import type { Endpoint, Model } from '#domain/catalogue.ts'
import { nearNames } from '#domain/near-names.ts'
import { freeSheet } from '#domain/price-sheets.ts'
import type { PriceSheet } from '#domain/prices.ts'
import { isFree } from '#domain/pricing.ts'

import type { ValuePath } from './document.ts'
import type { FileEndpoint, FileModel } from './file-schema.ts'
import type { KnownModel } from './known-prices.ts'
import { knownModel } from './known-prices.ts'
import { priceVersionOf, sheetFromFile } from './price-version.ts'
import type { ConfiguredProvider, Report } from './providers.ts'
import type { FileParts, Placed } from './shape.ts'
import type { WellKnownModel } from './well-known.ts'
import { wellKnownModels, wellKnownProviders } from './well-known.ts'

interface Situation {
  readonly parts: FileParts
  readonly providers: ReadonlyMap<string, ConfiguredProvider>
  readonly now: Date
  readonly report: Report
}

/**
 * The models: those of the file, then those that codelace knows of the providers at hand, unless the file
 * uses their name. Every mistake is reported; a model with a mistake comes out incomplete or not at all.
 */
export function configureModels(question: {
  parts: FileParts
  providers: readonly ConfiguredProvider[]
  now: Date
  report: Report
}): readonly Model[] {
  const { parts, now, report } = question
  const bySlug = question.providers.map((one) => [one.provider.slug, one] as const)
  const situation: Situation = { parts, now, report, providers: new Map(bySlug) }
  const names = claimNames(parts.models, report)
  const models = parts.models.flatMap((placed) => modelFromFile(placed, names, situation) ?? [])
  for (const known of wellKnownModels) {
    if (names.has(known.id)) continue
    const model = wellKnownModel(known, situation)
    if (!model) continue
    names.add(model.id)
    models.push({ ...model, aliases: claimFree(model.aliases, names) })
  }
  return models
}

/** All names that the file gives to models. A name may be given once. */
function claimNames(models: readonly Placed<FileModel>[], report: Report): Set<string> {
  const names = new Set<string>()
  for (const { value, path } of models) {
    if (names.has(value.id)) {
      report.inFile({ path: [...path, 'id'], expected: 'a name that no other model has' })
    }
    names.add(value.id)
  }
  for (const { value, path } of models) {
    for (const [place, alias] of (value.aliases ?? []).entries()) {
      if (names.has(alias)) {
        const expected = 'a name that no other model or alias has'
        report.inFile({ path: [...path, 'aliases', place], expected })
      }
      names.add(alias)
    }
  }
  return names
}

function claimFree(aliases: readonly string[], names: Set<string>): readonly string[] {
  const free = aliases.filter((alias) => !names.has(alias))
  for (const alias of free) names.add(alias)
  return free
}

function modelFromFile(
  { value: given, path }: Placed<FileModel>,
  names: Set<string>,
  situation: Situation,
): Model | undefined {
  const known = wellKnownModels.find((candidate) => candidate.id === given.id)
  const endpoints = endpointsFromFile({ value: given, path }, situation)
  const contextLength =
    given.contextLength ?? known?.contextLength ?? contextKnownFor(given, situation)
  if (contextLength === undefined) {
    situation.report.inFile({
      path: [...path, 'contextLength'],
      expected: 'the longest prompt and answer together, in tokens: it is not known for this model',
    })
  }
  const maxOutput = given.maxOutput ?? Math.min(known?.maxOutput ?? Infinity, contextLength ?? 1)
  if (contextLength !== undefined && maxOutput > contextLength) {
    situation.report.inFile({
      path: [...path, given.maxOutput === undefined ? 'contextLength' : 'maxOutput'],
      expected: `at most contextLength, which is ${contextLength}`,
    })
  }
  if (contextLength === undefined || endpoints.length === 0) return undefined
  const imageTokensMax = given.imageTokensMax ?? known?.imageTokensMax
  const serves = given.serves ?? known?.serves
  const countedIn = given.countedIn ?? known?.countedIn
  return {
    id: given.id,
    name: given.name ?? known?.name ?? given.id,
    description: given.description ?? known?.description ?? '',
    createdAtSeconds: known ? secondsOf(known.released) : 0,
    contextLength,
    maxOutput,
    aliases: given.aliases ?? claimFree(known?.aliases ?? [], names),
    inputModalities: given.inputModalities ?? known?.inputModalities ?? ['text'],
    outputModalities: given.outputModalities ?? known?.outputModalities ?? ['text'],
    ...(serves === undefined ? {} : { serves }),
    ...(countedIn === undefined ? {} : { countedIn }),
    ...(imageTokensMax === undefined ? {} : { imageTokensMax }),
    endpoints,
  }
}

function endpointsFromFile(
  { value: model, path }: Placed<FileModel>,
  situation: Situation,
): readonly Endpoint[] {
  const seen = new Set<string>()
  return model.endpoints.flatMap((given, place) => {
    const endpointPath = [...path, 'endpoints', place]
    const providerPath = [...endpointPath, 'provider']
    if (seen.has(given.provider)) {
      const expected = 'each provider once for a model'
      situation.report.inFile({ path: providerPath, expected })
    }
    seen.add(given.provider)
    const configured = situation.providers.get(given.provider)
    if (!configured) {
      if (!situation.parts.mentionedSlugs.has(given.provider)) {
        reportUnknownProvider(providerPath, given.provider, situation)
      }
      return []
    }
    const sheet = sheetFor({ given, path: endpointPath, configured }, situation)
    if (!sheet) return []
    const price = priceVersionOf(sheet)
    return [{ provider: configured.provider, upstreamModel: given.upstreamModel, price }]
  })
}

function reportUnknownProvider(path: ValuePath, slug: string, situation: Situation): void {
  const wellKnown = wellKnownProviders.find((candidate) => candidate.slug === slug)
  const [near] = nearNames(slug, situation.providers.keys(), 1)
  situation.report.inFile({
    path,
    expected: 'the slug of a provider of this file, or of one whose key is in the environment',
    hint: wellKnown?.apiKeyEnv
      ? `Set ${wellKnown.apiKeyEnv}, or declare the provider.`
      : near === undefined
        ? null
        : `Did you mean "${near}"?`,
  })
}

interface EndpointQuestion {
  readonly given: FileEndpoint
  readonly path: ValuePath
  readonly configured: ConfiguredProvider
}

/** The price of an endpoint; nothing is ever free or unpriced unless somebody said so. */
function sheetFor(question: EndpointQuestion, situation: Situation): PriceSheet | undefined {
  const { given, path, configured } = question
  if (given.prices !== undefined) {
    if (given.free === true) {
      const expected = 'either prices or "free": true, not both'
      situation.report.inFile({ path: [...path, 'free'], expected })
    }
    checkTiers(given.prices.tiers ?? [], [...path, 'prices', 'tiers'], situation.report)
    const sheet = sheetFromFile(given.prices)
    if (isFree(sheet) && given.free !== true) {
      const expected = 'a price above 0, or "free": true instead of prices'
      situation.report.inFile({
        path: [...path, 'prices'],
        found: 'prices that are all zero',
        expected,
      })
    }
    return sheet
  }
  if (given.free === true) return freeSheet
  const known = knownFor(configured, given.upstreamModel, situation)?.sheet
  if (known) return known
  situation.report.inFile({
    path: [...path, 'prices'],
    expected: 'prices, or "free": true',
    hint: `No list price is known for "${given.upstreamModel}" at ${configured.provider.name}.`,
  })
  return undefined
}

function checkTiers(
  tiers: readonly { readonly minPromptTokens: number }[],
  path: ValuePath,
  report: Report,
): void {
  for (const [place, tier] of tiers.entries()) {
    const before = tiers[place - 1]
    if (!before || tier.minPromptTokens > before.minPromptTokens) continue
    report.inFile({
      path: [...path, place, 'minPromptTokens'],
      expected: `more than in the tier before, which begins at ${before.minPromptTokens}`,
    })
  }
}

function contextKnownFor(model: FileModel, situation: Situation): number | undefined {
  for (const endpoint of model.endpoints) {
    const configured = situation.providers.get(endpoint.provider)
    const known = configured && knownFor(configured, endpoint.upstreamModel, situation)
    if (known?.contextLength) return known.contextLength
  }
  return undefined
}

function knownFor(
  { priceSource }: ConfiguredProvider,
  upstreamModel: string,
  { now }: Situation,
): KnownModel | undefined {
  return priceSource === null ? undefined : knownModel({ priceSource, upstreamModel, now })
}

function wellKnownModel(known: WellKnownModel, situation: Situation): Model | undefined {
  const endpoints = known.endpoints.flatMap((given): readonly Endpoint[] => {
    const configured = situation.providers.get(given.provider)
    if (!configured?.wellKnownModels) return []
    const sheet =
      given.free === true
        ? freeSheet
        : given.prices
          ? sheetFromFile(given.prices)
          : knownFor(configured, given.upstreamModel, situation)?.sheet
    // The price list dropped it since: then it is not served.
    if (!sheet) return []
    const price = priceVersionOf(sheet)
    return [{ provider: configured.provider, upstreamModel: given.upstreamModel, price }]
  })
  if (endpoints.length === 0) return undefined
  const { released, ...rest } = known
  const { imageTokensMax, serves, countedIn, ...model } = rest
  return {
    ...model,
    ...(serves === undefined ? {} : { serves }),
    ...(countedIn === undefined ? {} : { countedIn }),
    ...(imageTokensMax === undefined ? {} : { imageTokensMax }),
    createdAtSeconds: secondsOf(released),
    endpoints,
  }
}

function secondsOf(day: string): number {
  return Date.parse(`${day}T00:00:00Z`) / 1000
}
