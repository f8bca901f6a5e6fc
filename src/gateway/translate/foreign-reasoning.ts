import type { Provider } from '#domain/catalogue.ts'
import type { ParsedBody } from '#gateway/parse-body.ts'

const member = Buffer.from('"reasoning_details"')

/**
 * True for a chat request that brings back reasoning in the form in which this gateway and OpenRouter give
 * it. Its makers may be others than this provider, which would refuse what it does not know: such a request
 * is written anew and not passed on. Other gateways sort it out themselves.
 */
export function showsForeignReasoning(body: ParsedBody | null, provider: Provider): boolean {
  return body !== null && provider.kind !== 'routing' && body.bytes.includes(member)
}
