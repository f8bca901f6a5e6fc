import type { ProviderProtocol } from '#gateway/canonical/provider-protocol.ts'

import { openDecoder } from './decode-stream.ts'
import { decodeWhole } from './decode-whole.ts'
import { encodeNative } from './encode-native.ts'
import { encode } from './encode-request.ts'
import { readError } from './read-error.ts'

/** The Responses API as OpenAI, Azure, xAI, DeepSeek, LM Studio and OpenRouter speak it. */
export const openaiResponsesProtocol: ProviderProtocol = {
  name: 'openai-responses',
  framing: 'sse',
  encode,
  openDecoder,
  decodeWhole,
  readError,
  encodeNative,
}
