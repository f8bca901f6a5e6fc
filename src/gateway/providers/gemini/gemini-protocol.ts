import type { ProviderProtocol } from '#gateway/canonical/provider-protocol.ts'

import { decodeGeminiWhole, openGeminiDecoder } from './decode.ts'
import { encodeGemini, encodeGeminiNative } from './encode.ts'
import { readGeminiError } from './read-error.ts'

/** `generateContent` of AI Studio and Vertex, which differ in their addresses and credentials only. */
export const geminiProvider: ProviderProtocol = {
  name: 'gemini',
  framing: 'sse',
  needsMediaBytes: true,
  encode: encodeGemini,
  openDecoder: openGeminiDecoder,
  decodeWhole: decodeGeminiWhole,
  readError: readGeminiError,
  encodeNative: encodeGeminiNative,
}
