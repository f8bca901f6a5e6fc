import type { Provider, ProviderProtocolName } from '#domain/catalogue.ts'

/** The header that shows a provider's key, by protocol; bearer tokens elsewhere. */
const keyHeaders: Partial<Record<ProviderProtocolName, string>> = {
  anthropic: 'x-api-key',
  gemini: 'x-goog-api-key',
  'azure-openai': 'api-key',
}

/** What shows a provider that it is we who ask. Nothing where requests are signed, or no key is needed. */
export function credentialHeaders(
  { apiKey }: Provider,
  protocol: ProviderProtocolName,
): Readonly<Record<string, string>> {
  if (apiKey === null) return {}
  const name = keyHeaders[protocol]
  return name === undefined ? { authorization: `Bearer ${apiKey}` } : { [name]: apiKey }
}
