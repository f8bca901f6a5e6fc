import { readAsked } from '#adapters/simulated/endpoints/asked.ts'
import {
  endpointAt,
  endpointModels,
  type SimulatedEndpoint,
} from '#adapters/simulated/endpoints/endpoints.ts'
import {
  chatDialect,
  type Dialect,
  dialectOf,
  readInDialect,
} from '#adapters/simulated/protocols/dialects.ts'
import type { Clock } from '#ports/clock.ts'
import type { Upstream, UpstreamRequest } from '#ports/upstream.ts'

import type { Answer } from './answer.ts'
import { answeredAtSeconds, makeAnswer } from './answer.ts'
import type { Controls, SimulatedError } from './controls.ts'
import type { Ending, Script, TimedPiece } from './play.ts'
import { playScript } from './play.ts'
import type { Refusal } from './refusal.ts'
import type { SimulatedRequest } from './request.ts'
import { chatModels, readRequest } from './request.ts'

/** True for addresses that the simulated provider answers. */
export function isSimulatedUrl(url: string): boolean {
  return url.startsWith('simulated:')
}

/**
 * The built-in provider behind `simulated:` addresses. It speaks every protocol that providers speak, always
 * says that it is simulated, gives the same answer to the same request, and misbehaves on request: see
 * `docs/simulated-provider.md`. No network, no store; only the clock.
 */
export function createSimulatedUpstream(clock: Clock): Upstream {
  return {
    send: (request, handlers) =>
      playScript({ script: scriptFor(request), request, handlers, clock }),
  }
}

function scriptFor(sent: UpstreamRequest): Script {
  const path = sent.url.replace(/[?#].*$/, '')
  if (sent.method === 'GET' && path.endsWith('/models')) return wholeBody(200, modelList())
  const endpoint = sent.method === 'POST' ? endpointAt(path) : undefined
  if (endpoint) return endpointScript(sent, endpoint)
  const dialect = sent.method === 'POST' ? dialectOf(path) : undefined
  if (dialect === undefined) {
    const message = `The simulated provider has nothing at ${sent.method} ${path}.`
    return refusalScript({ status: 404, message, code: null, param: null }, chatDialect)
  }
  const said = readInDialect(sent.body, dialect)
  if ('refusal' in said) return refusalScript(said.refusal, dialect)
  const read = readRequest(said.chat)
  if ('refusal' in read) return refusalScript(read.refusal, dialect)
  const { request } = read
  const early = earlyError(request.controls, dialect)
  if (early) return { ...early, firstByteDelayMs: request.controls.firstByteDelayMs }
  const made = makeAnswer(request)
  if ('refusal' in made) return refusalScript(made.refusal, dialect)
  const { answer } = made
  return request.streamed
    ? streamScript({ request, answer, dialect })
    : jsonScript({ request, answer, dialect })
}

function endpointScript(sent: UpstreamRequest, endpoint: SimulatedEndpoint): Script {
  const read = readAsked(sent, endpoint.model)
  if ('refusal' in read) return refusalScript(read.refusal, chatDialect)
  const { firstByteDelayMs } = read.asked.controls
  const early = earlyError(read.asked.controls, chatDialect)
  if (early) return { ...early, firstByteDelayMs }
  const answer = endpoint.answer(read.asked)
  if ('refusal' in answer) return refusalScript(answer.refusal, chatDialect)
  const headers = { 'content-type': answer.contentType }
  return { ...wholeBody(200, answer.data, headers), firstByteDelayMs }
}

interface Answered {
  readonly request: SimulatedRequest
  readonly answer: Answer
  readonly dialect: Dialect
}

/** The errors that come instead of an answer. */
function earlyError({ error, retryAfterSeconds }: Controls, dialect: Dialect): Script | undefined {
  if (typeof error === 'number') {
    const headers = retryAfterSeconds === null ? {} : { 'retry-after': String(retryAfterSeconds) }
    return wholeBody(error, errorBody(error, dialect), {
      ...dialect.errorHeaders(error),
      ...headers,
    })
  }
  switch (error) {
    case 'refused':
    case 'reset':
    case 'silence':
      return { firstByteDelayMs: 0, head: null, body: [], ending: error }
    case 'html':
      return wholeBody(200, '<html><body>simulated</body></html>', { 'content-type': 'text/html' })
    case 'bad-json':
      return wholeBody(200, '{"id":"chatcmpl-sim","object":"chat.comp')
    case 'in-body':
      return wholeBody(200, errorBody(500, dialect))
    case 'mid-stream':
    case 'truncate':
    case 'cut':
    case 'stall':
    case null:
      return undefined
  }
}

function jsonScript({ request, answer, dialect }: Answered): Script {
  const { firstByteDelayMs, error } = request.controls
  const text = dialect.json(answer)
  const ending = endingFor(error)
  if (ending === undefined) return { ...wholeBody(200, text), firstByteDelayMs }
  // Half of the body, and then what happens in the middle of a stream.
  return { ...wholeBody(200, text.slice(0, text.length / 2)), firstByteDelayMs, ending }
}

/** The ending after which a body is not whole; undefined: there is no such error. */
function endingFor(error: SimulatedError | null): Ending | undefined {
  switch (error) {
    case 'cut':
      return 'reset'
    case 'stall':
      return 'silence'
    case 'truncate':
    case 'mid-stream':
      return 'end'
    default:
      return undefined
  }
}

function streamScript({ request, answer, dialect }: Answered): Script {
  const { controls } = request
  const brokenEnding = endingFor(controls.error)
  return {
    firstByteDelayMs: controls.firstByteDelayMs,
    head: {
      status: 200,
      headers: {
        'content-type': dialect.streamType,
        'cache-control': 'no-cache',
        'x-request-id': answer.id,
      },
    },
    body: streamPieces({ request, answer, dialect, isBroken: brokenEnding !== undefined }),
    ending: brokenEnding ?? 'end',
  }
}

/** Between two pieces of `sim/stream`, unless the request says otherwise. */
const streamDelayMs = 20

function* streamPieces(question: Answered & { isBroken: boolean }): Generator<TimedPiece> {
  const { request, answer, dialect, isBroken } = question
  const { controls, includeUsage } = request
  const delayMs = controls.chunkDelayMs ?? (request.kind === 'sim/stream' ? streamDelayMs : 0)
  let pieceCount = 0
  for (const event of dialect.events(answer, { includeUsage, done: controls.done })) {
    const { data, isContent } = event
    const isEnd = isContent ? pieceCount === controls.errorAfterChunks : event.isEnd === true
    if (isBroken && isEnd) break
    // The first piece comes with the head; each further one is waited for.
    yield { afterMs: isContent && pieceCount > 0 ? delayMs : 0, data }
    if (isContent) pieceCount += 1
  }
  if (controls.error === 'mid-stream') yield { afterMs: delayMs, data: dialect.errorEvent(500) }
}

function wholeBody(
  status: number,
  data: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Script {
  return {
    firstByteDelayMs: 0,
    head: {
      status,
      headers: {
        'content-type': 'application/json',
        'content-length': String(Buffer.byteLength(data)),
        ...headers,
      },
    },
    body: [{ afterMs: 0, data }],
    ending: 'end',
  }
}

function refusalScript(refusal: Refusal, dialect: Dialect): Script {
  const { status } = refusal
  const text = JSON.stringify(dialect.refusal(refusal))
  return wholeBody(status, text, dialect.errorHeaders(status))
}

function errorBody(status: number, dialect: Dialect): string {
  return JSON.stringify(dialect.error(status))
}

function modelList(): string {
  return JSON.stringify({
    object: 'list',
    data: [...chatModels, ...endpointModels].map((id) => ({
      id,
      object: 'model',
      created: answeredAtSeconds,
      owned_by: 'codelace',
    })),
  })
}
