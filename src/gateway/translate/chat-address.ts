import type { Endpoint } from '#domain/catalogue.ts'
import { azureTarget } from '#gateway/providers/azure-openai/azure-address.ts'
import { endpointUrl } from '#gateway/providers/openai/endpoint-url.ts'

/** Where chat completions of an endpoint are asked for, of a provider that speaks OpenAI's chat protocol. */
export function chatAddress({ provider, upstreamModel }: Endpoint): string {
  const { protocol, baseUrl } = provider
  const target = { baseUrl, upstreamModel }
  return endpointUrl(
    protocol === 'azure-openai' ? azureTarget(target) : target,
    '/chat/completions',
  )
}
