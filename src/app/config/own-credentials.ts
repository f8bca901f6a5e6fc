import { type OwnCredentialPolicy, usualOwnCredentialPolicy } from '#domain/catalogue.ts'
import { readIpRange } from '#domain/ip-ranges.ts'
import { parseDecimal } from '#domain/money.ts'
import { nearNames } from '#domain/near-names.ts'

import type { ConfiguredProvider, Report } from './providers.ts'
import type { FileParts } from './shape.ts'
import { wellKnownProviders } from './well-known.ts'

/** One percent is 10,000 parts in a million. */
const feeDecimals = 4

/** What customers may bring of their own. Every mistake is reported. */
export function configureOwnCredentials(
  { ownCredentials }: FileParts,
  report: Report,
): OwnCredentialPolicy {
  const { feePercent, openedRanges = [], ports } = ownCredentials
  for (const [place, text] of openedRanges.entries()) {
    if (readIpRange(text).kind === 'range') continue
    report.inFile({
      path: ['ownCredentials', 'openedRanges', place],
      expected: 'an address or range such as "10.1.0.0/16" or "fd00::/8"',
    })
  }
  return {
    feePartsPerMillion: Number(parseDecimal(feePercent ?? '0', feeDecimals) ?? 0n),
    openedRanges,
    ports: ports ?? usualOwnCredentialPolicy.ports,
  }
}

/**
 * The providers with those that are served to customers only who bring their own credential: they have no
 * key of this installation. Every mistake is reported.
 */
export function withOwnOnly(
  configured: readonly ConfiguredProvider[],
  { ownCredentials: { providers: slugs = [] } }: FileParts,
  report: Report,
): readonly ConfiguredProvider[] {
  const added: ConfiguredProvider[] = []
  const lacking = new Set<string>()
  for (const [place, slug] of slugs.entries()) {
    const path = ['ownCredentials', 'providers', place]
    if (slugs.indexOf(slug) !== place) report.inFile({ path, expected: 'each provider once' })
    const served = configured.find(({ provider }) => provider.slug === slug)
    if (served !== undefined) {
      if (!hasCredential(served)) lacking.add(slug)
      continue
    }
    const known = wellKnownProviders.find((one) => one.slug === slug && one.apiKeyEnv !== null)
    if (known === undefined) {
      const [near] = nearNames(slug, namesOf(configured), 1)
      const hint = near === undefined ? null : `Did you mean "${near}"?`
      const expected = 'the slug of a provider of this file, or of one that codelace knows'
      report.inFile({ path, expected, hint })
      continue
    }
    lacking.add(slug)
    const { name, kind, protocol, alsoSpeaks, baseUrl, dataPolicy, priceSource } = known
    const provider = { slug, name, kind, protocol, alsoSpeaks, baseUrl, apiKey: null, dataPolicy }
    added.push({ provider, priceSource, wellKnownModels: true })
  }
  return [...configured, ...added].map((one) =>
    lacking.has(one.provider.slug)
      ? { ...one, provider: { ...one.provider, needsOwnCredential: true } }
      : one,
  )
}

function hasCredential({ provider }: ConfiguredProvider): boolean {
  return provider.apiKey !== null || provider.signing !== undefined
}

function namesOf(configured: readonly ConfiguredProvider[]): readonly string[] {
  return [
    ...configured.map(({ provider }) => provider.slug),
    ...wellKnownProviders.flatMap(({ slug, apiKeyEnv }) => (apiKeyEnv === null ? [] : [slug])),
  ]
}
