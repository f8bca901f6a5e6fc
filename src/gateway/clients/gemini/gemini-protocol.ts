import type { ClientProtocol } from '#gateway/canonical/client-protocol.ts'
import { geminiPaths } from '#gateway/clients/own-paths.ts'

import { editGeminiWhole, openGeminiNative } from './native.ts'
import { readGemini } from './read-request.ts'
import { openGeminiStream, writeGeminiWhole } from './write-answer.ts'
import { geminiFaultJson } from './write-fault.ts'

/** `generateContent` and `streamGenerateContent`, as Google's own clients speak them. */
export const geminiClient: ClientProtocol = {
  name: 'gemini',
  read: readGemini,
  paths: geminiPaths,
  writeWhole: writeGeminiWhole,
  openStream: openGeminiStream,
  writeFault: geminiFaultJson,
  ping: ': ping\r\n\r\n',
  editWhole: editGeminiWhole,
  openNative: openGeminiNative,
}
