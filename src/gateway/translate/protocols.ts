import type { Provider, ProviderProtocolName } from '#domain/catalogue.ts'
import type { ClientProtocol, ClientProtocolName } from '#gateway/canonical/client-protocol.ts'
import type { ProviderProtocol } from '#gateway/canonical/provider-protocol.ts'
import { chatProtocol } from '#gateway/clients/chat/chat-protocol.ts'
import { geminiClient } from '#gateway/clients/gemini/gemini-protocol.ts'
import { messagesProtocol } from '#gateway/clients/messages/messages-protocol.ts'
import { responsesProtocol } from '#gateway/clients/responses/responses-protocol.ts'
import { anthropicProtocol } from '#gateway/providers/anthropic/anthropic-protocol.ts'
import { bedrockProtocol } from '#gateway/providers/bedrock/bedrock-protocol.ts'
import { geminiProvider } from '#gateway/providers/gemini/gemini-protocol.ts'
import { openaiResponsesProtocol } from '#gateway/providers/openai-responses/openai-responses-protocol.ts'
import { azureOpenaiProtocol, openaiProtocol } from '#gateway/providers/openai/openai-protocol.ts'

/** Every protocol that clients may speak, by its name. */
export const clientProtocols: Readonly<Record<ClientProtocolName, ClientProtocol>> = {
  chat: chatProtocol,
  responses: responsesProtocol,
  messages: messagesProtocol,
  gemini: geminiClient,
}

/** Every protocol that providers may speak, by its name. */
const providerProtocols: Readonly<Record<ProviderProtocolName, ProviderProtocol>> = {
  openai: openaiProtocol,
  'openai-responses': openaiResponsesProtocol,
  'azure-openai': azureOpenaiProtocol,
  anthropic: anthropicProtocol,
  gemini: geminiProvider,
  bedrock: bedrockProtocol,
}

/** The protocol of this name. */
export function providerProtocol(name: ProviderProtocolName): ProviderProtocol {
  return providerProtocols[name]
}

const nativeProtocols: Readonly<Record<ClientProtocolName, readonly ProviderProtocolName[]>> = {
  chat: ['openai', 'azure-openai'],
  responses: ['openai-responses'],
  messages: ['anthropic'],
  gemini: ['gemini'],
}

/** How a provider is spoken to for one client. `isNative`: in the client's own protocol. */
export interface Speech {
  readonly protocol: ProviderProtocolName
  readonly isNative: boolean
}

/** The client's own protocol where the provider speaks it, otherwise the provider's first. */
export function speechFor(client: ClientProtocolName, provider: Provider): Speech {
  const native = nativeProtocols[client]
  if (native.includes(provider.protocol)) return { protocol: provider.protocol, isNative: true }
  const other = provider.alsoSpeaks?.find((name) => native.includes(name))
  return other === undefined
    ? { protocol: provider.protocol, isNative: false }
    : { protocol: other, isNative: true }
}

const relayed: ReadonlySet<ProviderProtocolName> = new Set(['openai', 'azure-openai'])

/** True for the pair whose bytes the chat relay passes on. */
export function isChatRelay(client: ClientProtocolName, { protocol, isNative }: Speech): boolean {
  return client === 'chat' && isNative && relayed.has(protocol)
}
