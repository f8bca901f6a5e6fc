import { gatewayMembers } from '#contract/chat.ts'
import { objectOf } from '#gateway/canonical/json.ts'
import type {
  EncodedRequest,
  EncodingTarget,
  ProviderProtocol,
} from '#gateway/canonical/provider-protocol.ts'
import type { JsonObject } from '#gateway/canonical/request.ts'
import { azureTarget } from '#gateway/providers/azure-openai/azure-address.ts'

import { decodeChat, openChatDecoder, readChatError } from './decode.ts'
import { dialectOf } from './dialects.ts'
import { encodeChat } from './encode.ts'
import { endpointUrl } from './endpoint-url.ts'

/** Chat Completions as OpenAI, OpenRouter, and most other providers and servers speak it. */
export const openaiProtocol: ProviderProtocol = {
  name: 'openai',
  framing: 'sse',
  encode: encodeChat,
  openDecoder: openChatDecoder,
  decodeWhole: decodeChat,
  readError: readChatError,
  encodeNative,
}

/** The same at Azure, whose addresses have several forms. */
export const azureOpenaiProtocol: ProviderProtocol = {
  ...openaiProtocol,
  name: 'azure-openai',
  encode: (request, target) => encodeChat(request, azureTarget(target)),
  encodeNative: (body, target) => encodeNative(body, azureTarget(target)),
}

function encodeNative(body: JsonObject, target: EncodingTarget): EncodedRequest {
  const written: Record<string, unknown> = { ...body, model: target.upstreamModel }
  for (const name of gatewayMembers) delete written[name]
  if (written['stream'] === true) {
    written['stream_options'] = { ...objectOf(written['stream_options']), include_usage: true }
  }
  if (target.maxTokens !== null) written[dialectOf(target).maxTokens] = target.maxTokens
  return { url: endpointUrl(target, '/chat/completions'), headers: {}, body: written, warnings: [] }
}
