import type { Answer } from './answer.ts'
import { answerEvents, answerJson, eventOf, type StreamEvent, type StreamForm } from './encode.ts'
import {
  geminiError,
  geminiEvent,
  geminiEvents,
  geminiJson,
  geminiRefusal,
} from './gemini-encode.ts'
import { chatBodyOf, geminiAddressOf } from './gemini-request.ts'
import type { JsonObject } from './json-values.ts'
import { isObject } from './json-values.ts'
import type { Refusal } from './request.ts'

/** How one protocol says what the simulation understands and answers. */
export interface Dialect {
  /** The request in the chat protocol; what cannot be read is given on as it is. */
  readonly chatBytes: (body: Uint8Array) => Uint8Array
  readonly json: (answer: Answer) => string
  readonly events: (answer: Answer, form: StreamForm) => Iterable<StreamEvent>
  readonly refusal: (refusal: Refusal) => JsonObject
  /** An error that was asked for. */
  readonly error: (status: number) => JsonObject
  readonly errorEvent: (status: number) => string
}

/** The protocol that is spoken at an address; undefined where nothing is. */
export function dialectOf(path: string): Dialect | undefined {
  if (path.endsWith('/chat/completions')) return chatDialect
  const gemini = geminiAddressOf(path)
  if (gemini === undefined) return undefined
  const error = (status: number) => geminiError(status, simulatedWords(status))
  return {
    chatBytes(body) {
      const value = parsed(body)
      return isObject(value) ? Buffer.from(JSON.stringify(chatBodyOf(value, gemini))) : body
    },
    json: geminiJson,
    events: geminiEvents,
    refusal: geminiRefusal,
    error,
    errorEvent: (status) => geminiEvent(error(status)),
  }
}

/** OpenAI's chat completions. */
export const chatDialect: Dialect = {
  chatBytes: (body) => body,
  json: answerJson,
  events: answerEvents,
  refusal: ({ message, code, param }) => ({
    error: { message, type: 'invalid_request_error', param, code },
  }),
  error: errorObject,
  errorEvent: (status) => eventOf(errorObject(status)),
}

function errorObject(status: number): JsonObject {
  const isClients = status < 500 && status !== 429
  return {
    error: {
      message: simulatedWords(status),
      type: isClients
        ? 'invalid_request_error'
        : status === 429
          ? 'rate_limit_error'
          : 'server_error',
      param: null,
      code: status === 429 ? 'rate_limit_exceeded' : null,
    },
  }
}

function simulatedWords(status: number): string {
  return `This error is simulated by codelace, as asked (${status}).`
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString())
  } catch {
    return undefined
  }
}
