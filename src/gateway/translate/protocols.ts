import {
  servesOneOf,
  type Model,
  type Provider,
  type ProviderProtocolName,
} from '#domain/catalogue.ts'
import type { PlannedAttempt } from '#domain/routing.ts'
import type { ClientProtocol, ClientProtocolName } from '#gateway/canonical/client-protocol.ts'
import { parseJson } from '#gateway/canonical/json.ts'
import type { ProviderProtocol } from '#gateway/canonical/provider-protocol.ts'
import { chatProtocol } from '#gateway/clients/chat/chat-protocol.ts'
import { completionsOver } from '#gateway/clients/completions/completions-over.ts'
import { completionsProtocol } from '#gateway/clients/completions/completions-protocol.ts'
import { geminiClient } from '#gateway/clients/gemini/gemini-protocol.ts'
import { messagesProtocol } from '#gateway/clients/messages/messages-protocol.ts'
import { responsesProtocol } from '#gateway/clients/responses/responses-protocol.ts'
import { anthropicProtocol } from '#gateway/providers/anthropic/anthropic-protocol.ts'
import { azureTarget } from '#gateway/providers/azure-openai/azure-address.ts'
import { bedrockProtocol } from '#gateway/providers/bedrock/bedrock-protocol.ts'
import { geminiProvider } from '#gateway/providers/gemini/gemini-protocol.ts'
import { openaiResponsesProtocol } from '#gateway/providers/openai-responses/openai-responses-protocol.ts'
import { azureOpenaiProtocol, openaiProtocol } from '#gateway/providers/openai/openai-protocol.ts'
import type { ErrorText } from '#gateway/upstream-listener.ts'

/** Every protocol that clients may speak, by its name. */
export const clientProtocols: Readonly<Record<ClientProtocolName, ClientProtocol>> = {
  chat: chatProtocol,
  completions: completionsProtocol,
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

/** What an error status means, in the words of this protocol. */
export function errorIn(
  protocol: ProviderProtocol,
  { status, headers, body }: ErrorText,
): ErrorText {
  const read = protocol.readError({ status, headers, body: parseJson(body) })
  const after = read.retryAfterSeconds
  return {
    status: read.status,
    headers: after === null ? headers : { 'retry-after': String(after) },
    body: JSON.stringify(read.body) ?? '',
  }
}

/** The protocol of this name. */
export function providerProtocol(name: ProviderProtocolName): ProviderProtocol {
  return providerProtocols[name]
}

/** Providers with plain completions beside chat, in their own words for it. */
const plainCompletions: Partial<Record<ProviderProtocolName, ProviderProtocol>> = {
  openai: completionsOver(openaiProtocol, (target) => target),
  'azure-openai': completionsOver(azureOpenaiProtocol, azureTarget),
}

/** The protocol in which a provider is spoken to. */
export function protocolOf({ protocol, isPlainCompletion }: Speech): ProviderProtocol {
  const plain = isPlainCompletion === true ? plainCompletions[protocol] : undefined
  return plain ?? providerProtocols[protocol]
}

const nativeProtocols: Readonly<Record<ClientProtocolName, readonly ProviderProtocolName[]>> = {
  chat: ['openai', 'azure-openai'],
  completions: [],
  responses: ['openai-responses'],
  messages: ['anthropic'],
  gemini: ['gemini'],
}

/** How a provider is spoken to for one client. `isNative`: in the client's own protocol. */
export interface Speech {
  readonly protocol: ProviderProtocolName
  readonly isNative: boolean
  /** Natively, by the provider's plain completions. */
  readonly isPlainCompletion?: true
}

/** The client's own protocol where the provider speaks it, otherwise the provider's first. */
export function speechFor(
  client: ClientProtocolName,
  { model, endpoint: { provider } }: PlannedAttempt,
): Speech {
  if (client === 'completions' && hasPlainCompletions(provider, model)) {
    return { protocol: provider.protocol, isNative: true, isPlainCompletion: true }
  }
  const native = nativeProtocols[client]
  if (native.includes(provider.protocol)) return { protocol: provider.protocol, isNative: true }
  const other = provider.alsoSpeaks?.find((name) => native.includes(name))
  return other === undefined
    ? { protocol: provider.protocol, isNative: false }
    : { protocol: other, isNative: true }
}

function hasPlainCompletions({ protocol }: Provider, model: Model): boolean {
  return servesOneOf(model, ['completions']) && plainCompletions[protocol] !== undefined
}

const relayed: ReadonlySet<ProviderProtocolName> = new Set(['openai', 'azure-openai'])

/** True for the pair whose bytes the chat relay passes on. */
export function isChatRelay(client: ClientProtocolName, { protocol, isNative }: Speech): boolean {
  return client === 'chat' && isNative && relayed.has(protocol)
}
