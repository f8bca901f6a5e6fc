import type { ProviderProtocol } from '#gateway/canonical/provider-protocol.ts'

import { decodeBedrockWhole, openBedrockDecoder } from './decode.ts'
import { encodeBedrock } from './encode.ts'
import { readBedrockError } from './errors.ts'

/** Bedrock's `Converse` and `ConverseStream`. */
export const bedrockProtocol: ProviderProtocol = {
  name: 'bedrock',
  framing: 'aws_event_stream',
  needsMediaBytes: true,
  encode: encodeBedrock,
  openDecoder: openBedrockDecoder,
  decodeWhole: decodeBedrockWhole,
  readError: readBedrockError,
}
