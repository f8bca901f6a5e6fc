import type { ClientProtocol } from '#gateway/canonical/client-protocol.ts'
import { responsesPaths } from '#gateway/clients/own-paths.ts'

import { editWhole, openNative } from './native-answer.ts'
import { readRequest } from './read-request.ts'
import { openStream } from './stream-answer.ts'
import { writeFault } from './write-fault.ts'
import { writeWhole } from './write-whole.ts'

/** OpenAI's Responses API, as its clients speak it. */
export const responsesProtocol: ClientProtocol = {
  name: 'responses',
  read: readRequest,
  paths: responsesPaths,
  writeWhole,
  openStream,
  writeFault,
  ping: ': still working\n\n',
  editWhole,
  openNative,
}
