import { EventStreamCodec } from '@smithy/eventstream-codec'

import type { ProviderProtocolName } from '#domain/catalogue.ts'

/** How a provider says with status 400 that something is wrong. */
export function refusalBody(protocol: ProviderProtocolName, message: string): unknown {
  switch (protocol) {
    case 'anthropic':
      return { type: 'error', error: { type: 'invalid_request_error', message } }
    case 'gemini':
      return { error: { code: 400, message, status: 'INVALID_ARGUMENT' } }
    case 'bedrock':
      return { message }
    default:
      return { error: { message, type: 'invalid_request_error', param: null, code: null } }
  }
}

/** How a provider says in the middle of a stream that it cannot go on. */
export function streamError(protocol: ProviderProtocolName, message: string): Buffer {
  switch (protocol) {
    case 'anthropic': {
      const error = { type: 'error', error: { type: 'overloaded_error', message } }
      return Buffer.from(`event: error\ndata: ${JSON.stringify(error)}\n\n`)
    }
    case 'gemini':
      return event({ error: { code: 503, message, status: 'UNAVAILABLE' } })
    case 'openai-responses':
      return Buffer.from(
        `event: error\ndata: ${JSON.stringify({ type: 'error', sequence_number: 9, code: 'server_error', message, param: null })}\n\n`,
      )
    case 'bedrock':
      return exceptionFrame(message)
    default:
      return event({ error: { message, type: 'server_error', code: null, param: null } })
  }
}

function event(value: unknown): Buffer {
  return Buffer.from(`data: ${JSON.stringify(value)}\n\n`)
}

function exceptionFrame(message: string): Buffer {
  const codec = new EventStreamCodec(
    (bytes) => Buffer.from(bytes).toString('utf8'),
    (text) => Buffer.from(text, 'utf8'),
  )
  return Buffer.from(
    codec.encode({
      headers: {
        ':exception-type': { type: 'string', value: 'modelStreamErrorException' },
        ':content-type': { type: 'string', value: 'application/json' },
        ':message-type': { type: 'string', value: 'exception' },
      },
      body: Buffer.from(JSON.stringify({ message })),
    }),
  )
}
