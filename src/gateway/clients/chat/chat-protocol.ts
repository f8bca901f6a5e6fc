import { errorEnvelope } from '#contract/error-envelope.ts'
import type { ClientProtocol } from '#gateway/canonical/client-protocol.ts'

import { openNativeChat } from './native-stream.ts'
import { readChatRequest } from './read-request.ts'
import { openChatStream } from './write-stream.ts'
import { editChatAnswer, writeChatAnswer } from './write-whole.ts'

/** OpenAI's Chat Completions, with OpenRouter's additions on both sides. */
export const chatProtocol: ClientProtocol = {
  name: 'chat',
  read: readChatRequest,
  writeWhole: writeChatAnswer,
  openStream: openChatStream,
  writeFault: (fault) => JSON.stringify(errorEnvelope(fault)),
  ping: ': still working\n\n',
  editWhole: editChatAnswer,
  openNative: openNativeChat,
}
