import type { Clock } from '#ports/clock.ts'
import type { Upstream, UpstreamRequest } from '#ports/upstream.ts'

import type { Answer } from './answer.ts'
import { answeredAtSeconds, makeAnswer } from './answer.ts'
import type { Controls, SimulatedError } from './controls.ts'
import { chatDialect, type Dialect, dialectOf } from './dialects.ts'
import type { Ending, Script, TimedPiece } from './play.ts'
import { playScript } from './play.ts'
import type { Refusal, SimulatedRequest } from './request.ts'
import { readRequest, simulatedModels } from './request.ts'

/** True for addresses that the simulated provider answers. */
export function isSimulatedUrl(url: string): boolean {
  return url.startsWith('simulated:')
}

/**
 * The built-in provider behind `simulated:` addresses. It speaks the OpenAI chat protocol, and Gemini's
 * behind `simulated:gemini`; it always says that it is simulated, gives the same answer to the same request, and misbehaves on request: see
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
  const dialect = sent.method === 'POST' ? dialectOf(path) : undefined
  if (dialect === undefined) {
    const message = `The simulated provider has nothing at ${sent.method} ${path}.`
    return refusalScript({ status: 404, message, code: null, param: null }, chatDialect)
  }
  const read = readRequest(dialect.chatBytes(sent.body))
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

interface Answered {
  readonly request: SimulatedRequest
  readonly answer: Answer
  readonly dialect: Dialect
}

/** The errors that come instead of an answer. */
function earlyError({ error, retryAfterSeconds }: Controls, dialect: Dialect): Script | undefined {
  if (typeof error === 'number') {
    const headers = retryAfterSeconds === null ? {} : { 'retry-after': String(retryAfterSeconds) }
    return wholeBody(error, errorBody(error, dialect), headers)
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

const streamHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache',
}

function streamScript({ request, answer, dialect }: Answered): Script {
  const { controls } = request
  const brokenEnding = endingFor(controls.error)
  return {
    firstByteDelayMs: controls.firstByteDelayMs,
    head: { status: 200, headers: { ...streamHeaders, 'x-request-id': answer.id } },
    body: streamPieces({ request, answer, dialect, isBroken: brokenEnding !== undefined }),
    ending: brokenEnding ?? 'end',
  }
}

/** Between two pieces of `sim/stream`, unless the request says otherwise. */
const streamDelayMs = 20

function* streamPieces(question: Answered & { isBroken: boolean }): Generator<TimedPiece> {
  const { request, answer, dialect, isBroken } = question
  const { controls, includeUsage } = request
  const delayMs = controls.chunkDelayMs ?? (request.model === 'sim/stream' ? streamDelayMs : 0)
  let pieceCount = 0
  for (const event of dialect.events(answer, { includeUsage, done: controls.done })) {
    const { text, isContent } = event
    const isEnd = isContent ? pieceCount === controls.errorAfterChunks : event.isEnd === true
    if (isBroken && isEnd) break
    // The first piece comes with the head; each further one is waited for.
    yield { afterMs: isContent && pieceCount > 0 ? delayMs : 0, text }
    if (isContent) pieceCount += 1
  }
  if (controls.error === 'mid-stream') yield { afterMs: delayMs, text: dialect.errorEvent(500) }
}

function wholeBody(
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): Script {
  return {
    firstByteDelayMs: 0,
    head: {
      status,
      headers: {
        'content-type': 'application/json',
        'content-length': String(Buffer.byteLength(text)),
        ...headers,
      },
    },
    body: [{ afterMs: 0, text }],
    ending: 'end',
  }
}

function refusalScript(refusal: Refusal, dialect: Dialect): Script {
  return wholeBody(refusal.status, JSON.stringify(dialect.refusal(refusal)))
}

function errorBody(status: number, dialect: Dialect): string {
  return JSON.stringify(dialect.error(status))
}

function modelList(): string {
  return JSON.stringify({
    object: 'list',
    data: simulatedModels.map((id) => ({
      id,
      object: 'model',
      created: answeredAtSeconds,
      owned_by: 'codelace',
    })),
  })
}
