import type { ClientProtocol } from '#gateway/canonical/client-protocol.ts'
import { messagesPaths } from '#gateway/clients/own-paths.ts'

import { ping } from './block-writer.ts'
import { openNativeMessages } from './native-stream.ts'
import { readMessagesRequest } from './read-request.ts'
import { openMessageStream } from './stream-message.ts'
import { faultText } from './write-fault.ts'
import { editWholeMessage, writeWholeMessage } from './write-whole.ts'

/** Anthropic's Messages API, as clients speak it. */
export const messagesProtocol: ClientProtocol = {
  name: 'messages',
  read: readMessagesRequest,
  paths: messagesPaths,
  writeWhole: writeWholeMessage,
  openStream: openMessageStream,
  writeFault: faultText,
  ping,
  editWhole: editWholeMessage,
  openNative: openNativeMessages,
}
