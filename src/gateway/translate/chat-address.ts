import type { Endpoint } from '#domain/catalogue.ts'

/** Azure's version of the classic paths, where the address does not name one. */
const azureApiVersion = '2025-04-01-preview'

/** Where chat completions of an endpoint are asked for, of a provider that speaks OpenAI's chat protocol. */
export function chatAddress({ provider, upstreamModel }: Endpoint): string {
  const { protocol, baseUrl } = provider
  if (protocol !== 'azure-openai') return `${baseUrl}/chat/completions`
  const deployment = encodeURIComponent(upstreamModel)
  return `${baseUrl}/openai/deployments/${deployment}/chat/completions?api-version=${azureApiVersion}`
}
