import { isIP } from 'node:net'

import type { Provider, ProviderProtocolName } from '#domain/catalogue.ts'

import type { Mistake } from './document.ts'
import type { FileProvider } from './file-schema.ts'
import { priceSourceOf } from './known-prices.ts'
import type { FileParts, Placed } from './shape.ts'
import { signingOf } from './signing-credentials.ts'
import type { WellKnownProvider } from './well-known.ts'
import { simulatedSlug, wellKnownProviders } from './well-known.ts'

/** The environment of a process: names and texts. */
export type Environment = Readonly<Record<string, string | undefined>>

/** A provider that will be served, and what is known about it beside. */
export interface ConfiguredProvider {
  readonly provider: Provider
  /** Whose price list it has; null: none is known. */
  readonly priceSource: string | null
  /** Whether the models that codelace knows of it are served. */
  readonly wellKnownModels: boolean
}

/** Where mistakes are told: in the file, or in the environment. */
export interface Report {
  readonly inFile: (mistake: Mistake) => void
  readonly inEnvironment: (mistake: { variable: string; found: string; expected: string }) => void
}

/**
 * The providers: those of the file, then those whose key is in the environment and that the file does not
 * declare itself, then the simulated one. Every mistake is reported.
 */
export function configureProviders(question: {
  parts: FileParts
  environment: Environment
  simulated: boolean
  report: Report
}): readonly ConfiguredProvider[] {
  const { parts, environment, simulated, report } = question
  const seen = new Set<string>()
  const configured: ConfiguredProvider[] = []
  for (const placed of parts.providers) {
    const { slug } = placed.value
    const slugPath = [...placed.path, 'slug']
    if (slug === simulatedSlug) {
      report.inFile({ path: slugPath, expected: 'another slug: this one is the built-in provider' })
    } else if (seen.has(slug)) {
      report.inFile({ path: slugPath, expected: 'a slug that no other provider has' })
    }
    seen.add(slug)
    configured.push(fromFile(placed, { environment, simulated }, report))
  }
  for (const known of wellKnownProviders) {
    if (parts.mentionedSlugs.has(known.slug)) continue
    const provider =
      known.slug === simulatedSlug
        ? simulated && simulatedProvider(known)
        : fromEnvironment(known, environment, report)
    if (!provider) continue
    configured.push({ provider, priceSource: known.priceSource, wellKnownModels: true })
  }
  return configured
}

function fromFile(
  placed: Placed<FileProvider>,
  { environment, simulated }: { environment: Environment; simulated: boolean },
  report: Report,
): ConfiguredProvider {
  const { value: given, path } = placed
  const complaint = simulatedAddresses.has(given.baseUrl)
    ? complaintAboutSimulation(simulated)
    : complaintAboutUrl(given.baseUrl, given.allowInsecureHttp === true)
  if (complaint) report.inFile({ path: [...path, 'baseUrl'], ...complaint })
  const known = wellKnownProviders.find((candidate) => candidate.slug === given.slug)
  const baseUrl = withoutTrailingSlash(given.baseUrl)
  return {
    priceSource: known?.priceSource ?? priceSourceOf(baseUrl),
    wellKnownModels: given.wellKnownModels ?? false,
    provider: {
      slug: given.slug,
      name: given.name ?? known?.name ?? given.slug,
      kind: given.kind ?? known?.kind ?? 'model',
      protocol: given.protocol ?? known?.protocol ?? 'openai',
      alsoSpeaks: given.alsoSpeaks ?? (given.protocol === undefined ? known?.alsoSpeaks : []) ?? [],
      baseUrl,
      apiKey: keyOf(placed, environment, report),
      ...signingOf(placed, environment, report),
      dataPolicy: {
        retentionDays: given.dataPolicy?.retentionDays ?? null,
        trains: given.dataPolicy?.trains ?? null,
        region: given.dataPolicy?.region ?? null,
      },
    },
  }
}

function keyOf(
  { value: given, path }: Placed<FileProvider>,
  environment: Environment,
  report: Report,
): string | null {
  if (given.apiKeyEnv === undefined) return given.apiKey ?? null
  const keyPath = [...path, 'apiKeyEnv']
  if (given.apiKey !== undefined) {
    report.inFile({ path: keyPath, expected: 'either apiKeyEnv or apiKey, not both' })
    return null
  }
  const key = textOf(environment, given.apiKeyEnv)
  if (key === null) {
    report.inFile({
      path: keyPath,
      found: `${given.apiKeyEnv}, which is not set in the environment`,
      expected: 'the name of an environment variable that holds the key',
    })
  } else if (!isKey(key)) {
    report.inEnvironment({ variable: given.apiKeyEnv, ...keyComplaint })
  }
  return key
}

function fromEnvironment(
  known: WellKnownProvider,
  environment: Environment,
  report: Report,
): Provider | undefined {
  const apiKey = known.apiKeyEnv === null ? null : textOf(environment, known.apiKeyEnv)
  if (apiKey === null || known.apiKeyEnv === null) return undefined
  if (!isKey(apiKey)) report.inEnvironment({ variable: known.apiKeyEnv, ...keyComplaint })
  const variable = known.baseUrlEnv
  const ownUrl = variable === null ? null : textOf(environment, variable)
  // The variable is the operator's own word, so a plain http address in it is meant.
  const complaint = ownUrl === null ? undefined : complaintAboutUrl(ownUrl, true)
  if (complaint && variable !== null && ownUrl !== null) {
    report.inEnvironment({ variable, found: JSON.stringify(ownUrl), expected: complaint.expected })
  }
  const { slug, name, kind, protocol, alsoSpeaks, dataPolicy } = known
  const baseUrl = withVersion(withoutTrailingSlash(ownUrl ?? known.baseUrl), protocol)
  return { slug, name, kind, protocol, alsoSpeaks, baseUrl, apiKey, dataPolicy }
}

function simulatedProvider(known: WellKnownProvider): Provider {
  const { slug, name, kind, protocol, alsoSpeaks, baseUrl, dataPolicy } = known
  return { slug, name, kind, protocol, alsoSpeaks, baseUrl, apiKey: null, dataPolicy }
}

const keyComplaint = {
  found: 'a text that is not shown here',
  expected: 'a key: visible characters on one line',
}

function isKey(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text)
}

function textOf(environment: Environment, name: string): string | null {
  const text = environment[name]?.trim()
  return text === undefined || text === '' ? null : text
}

/** Where the built-in provider speaks another protocol than chat, to be given to a provider of one's own. */
const simulatedAddresses: ReadonlySet<string> = new Set(
  ['anthropic', 'bedrock', 'gemini', 'responses'].map((name) => `simulated:${name}`),
)

function complaintAboutSimulation(simulated: boolean): { expected: string } | undefined {
  if (simulated) return undefined
  return { expected: 'an address that starts with https://, as "simulated" is not true here' }
}

function complaintAboutUrl(
  text: string,
  allowInsecureHttp: boolean,
): { expected: string; hint?: string } | undefined {
  const url = URL.parse(text)
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    return { expected: 'an address that starts with https://' }
  }
  if (url.username !== '' || url.password !== '') {
    return { expected: 'an address without a user name or password' }
  }
  if (url.search !== '' || url.hash !== '') return { expected: 'an address without ? or #' }
  if (/\/chat\/completions\/*$/.test(url.pathname)) {
    return { expected: 'the address before /chat/completions' }
  }
  if (url.protocol === 'https:' || allowInsecureHttp || isLoopback(url.hostname)) return undefined
  return {
    expected: 'an address that starts with https://',
    hint: 'Plain http shows keys and messages to the network; "allowInsecureHttp": true permits it.',
  }
}

function isLoopback(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) === 4) return host.startsWith('127.')
  return host === '::1' || host === 'localhost' || host.endsWith('.localhost')
}

/** Anthropic's own clients name the address without its version. */
function withVersion(url: string, protocol: ProviderProtocolName): string {
  return protocol === 'anthropic' && !url.endsWith('/v1') ? `${url}/v1` : url
}

function withoutTrailingSlash(url: string): string {
  return url.replace(/\/+$/, '')
}
