import type { Answer } from '#adapters/simulated/answer.ts'
import type { JsonObject } from '#adapters/simulated/json-values.ts'
import { isObject } from '#adapters/simulated/json-values.ts'
import type { Refusal } from '#adapters/simulated/refusal.ts'

import {
  anthropicError,
  anthropicErrorEvent,
  anthropicEvents,
  anthropicJson,
} from './anthropic-encode.ts'
import { anthropicRefusal, chatOfAnthropic } from './anthropic-request.ts'
import {
  bedrockErrorFrame,
  bedrockErrorHeaders,
  bedrockEvents,
  bedrockJson,
} from './bedrock-encode.ts'
import { type BedrockAddress, bedrockAddressOf, chatOfBedrock } from './bedrock-request.ts'
import {
  answerEvents,
  answerJson,
  eventOf,
  type StreamEvent,
  type StreamForm,
} from './chat-encode.ts'
import { chatOfCompletion, completionEvents, completionJson } from './completions.ts'
import { geminiError, geminiEvent, geminiEvents, geminiJson } from './gemini-encode.ts'
import {
  chatBodyOf,
  type GeminiAddress,
  geminiAddressOf,
  geminiComplaint,
} from './gemini-request.ts'
import { responsesErrorEvent, responsesEvents, responsesJson } from './responses-encode.ts'
import { chatOfResponses, responsesRefusal } from './responses-request.ts'

/** How one protocol says what the simulation understands and answers. */
export interface Dialect {
  /** The request in the chat protocol. */
  readonly chat: (body: JsonObject) => JsonObject
  /** What this protocol refuses and the chat protocol allows. */
  readonly refuses: (body: JsonObject) => Refusal | undefined
  readonly json: (answer: Answer) => string
  readonly streamType: string
  readonly events: (answer: Answer, form: StreamForm) => Iterable<StreamEvent>
  readonly refusal: (refusal: Refusal) => JsonObject
  /** An error that was asked for. */
  readonly error: (status: number) => JsonObject
  readonly errorHeaders: (status: number) => Readonly<Record<string, string>>
  readonly errorEvent: (status: number) => string | Uint8Array
}

/** The protocol that is spoken at an address; undefined where nothing is. */
export function dialectOf(path: string): Dialect | undefined {
  if (path.endsWith('/chat/completions')) return chatDialect
  if (path.endsWith('/completions')) return completions
  if (path.endsWith('/responses')) return responses
  if (path.endsWith('/messages')) return anthropic
  const bedrock = bedrockAddressOf(path)
  if (bedrock) return bedrockAt(bedrock)
  const gemini = geminiAddressOf(path)
  return gemini && geminiAt(gemini)
}

const eventStream = 'text/event-stream; charset=utf-8'

/** OpenAI's chat completions. */
export const chatDialect: Dialect = {
  chat: (body) => body,
  refuses: () => undefined,
  json: answerJson,
  streamType: eventStream,
  events: answerEvents,
  refusal: ({ message, code, param }) => ({
    error: { message, type: 'invalid_request_error', param, code },
  }),
  error: errorObject,
  errorHeaders: () => ({}),
  errorEvent: (status) => eventOf(errorObject(status)),
}

const completions: Dialect = {
  ...chatDialect,
  chat: chatOfCompletion,
  json: completionJson,
  events: completionEvents,
}

const responses: Dialect = {
  ...chatDialect,
  chat: chatOfResponses,
  refuses: responsesRefusal,
  json: responsesJson,
  events: responsesEvents,
  errorEvent: (status) => responsesErrorEvent(simulatedWords(status)),
}

const anthropic: Dialect = {
  chat: chatOfAnthropic,
  refuses: anthropicRefusal,
  json: anthropicJson,
  streamType: eventStream,
  events: anthropicEvents,
  refusal: ({ status, message }) => anthropicError(status, message),
  error: (status) => anthropicError(status, simulatedWords(status)),
  errorHeaders: () => ({ 'request-id': 'req_simulated' }),
  errorEvent: (status) => anthropicErrorEvent(anthropicError(status, simulatedWords(status))),
}

function bedrockAt(address: BedrockAddress): Dialect {
  return {
    chat: (body) => chatOfBedrock(body, address),
    refuses: () => undefined,
    json: bedrockJson,
    streamType: 'application/vnd.amazon.eventstream',
    events: bedrockEvents,
    refusal: ({ message }) => ({ message }),
    error: (status) => ({ message: simulatedWords(status) }),
    errorHeaders: bedrockErrorHeaders,
    errorEvent: (status) => bedrockErrorFrame(simulatedWords(status)),
  }
}

function geminiAt(address: GeminiAddress): Dialect {
  const error = (status: number) => geminiError(status, simulatedWords(status))
  return {
    chat: (body) => chatBodyOf(body, address),
    refuses: geminiComplaint,
    json: geminiJson,
    streamType: eventStream,
    events: geminiEvents,
    refusal: ({ status, message }) => geminiError(status, message),
    error,
    errorHeaders: () => ({}),
    errorEvent: (status) => geminiEvent(error(status)),
  }
}

/** The request in the chat protocol as bytes, or why this protocol refuses it. */
export function readInDialect(
  bytes: Uint8Array,
  dialect: Dialect,
): { readonly chat: Uint8Array } | { readonly refusal: Refusal } {
  const body = dialect === chatDialect ? undefined : parsed(bytes)
  // What is no object is refused as every other body that is none.
  if (!isObject(body)) return { chat: bytes }
  const refusal = dialect.refuses(body)
  return refusal ? { refusal } : { chat: Buffer.from(JSON.stringify(dialect.chat(body))) }
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
