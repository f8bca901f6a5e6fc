import type { ProviderProtocol } from '#gateway/canonical/provider-protocol.ts'

import { decodeAnthropicWhole, openAnthropicDecoder } from './decode.ts'
import { encodeAnthropicNative } from './encode-native.ts'
import { encodeAnthropic } from './encode.ts'
import { readAnthropicError } from './errors.ts'
import { withoutAnthropicFees } from './tool-fees.ts'

/** Anthropic's Messages API, as a provider speaks it. */
export const anthropicProtocol: ProviderProtocol = {
  withoutFees: withoutAnthropicFees,
  name: 'anthropic',
  framing: 'sse',
  encode: encodeAnthropic,
  openDecoder: openAnthropicDecoder,
  decodeWhole: decodeAnthropicWhole,
  readError: readAnthropicError,
  encodeNative: encodeAnthropicNative,
}
