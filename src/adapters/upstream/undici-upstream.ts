import { Agent, buildConnector, errors, type Dispatcher } from 'undici'

import {
  AddressRefused,
  checkedUrl,
  createGuardedAgent,
  type OutboundRules,
} from '#adapters/outbound/outbound-guard.ts'
import type { AttemptErrorClass } from '#domain/generation.ts'
import { requestHeaderBytesMax, upstreamBodyBytesMax } from '#domain/limits.ts'
import {
  UpstreamError,
  type Upstream,
  type UpstreamCall,
  type UpstreamHandlers,
  type UpstreamRequest,
} from '#ports/upstream.ts'

import { createDecoder, type Decoder } from './decode-body.ts'

/** An `Upstream` over HTTP/1.1 with connections that are kept and used again, one pool per origin. */
export interface UndiciUpstream extends Upstream {
  /** Closes idle connections, waits a moment for the others, and closes them as well. */
  readonly close: () => Promise<void>
}

/** Settings that only tests and special installations change. */
export interface UndiciUpstreamOptions {
  /** More certificates to trust, in PEM, beside those of the system. */
  readonly extraCertificates?: readonly string[]
  /** The largest decoded body. */
  readonly bodyBytesMax?: number
  /** For addresses that customers chose: each connection is checked. Absent: the operator chose them all. */
  readonly rules?: OutboundRules
}

/**
 * So many calls are under way in one agent; more go by another. A pool looks at all of its connections whenever
 * one of them is taken or closed: with ten thousand in one, closing them kept a node busy for half a minute.
 */
const callsPerAgentMax = 100
/** An idle connection is kept this long unless the upstream says less. */
const keepAliveMs = 20_000
/** So many addresses are kept taken apart. */
const addressesKeptMax = 1_000
/** Calls that are under way when everything closes get this long to end. */
const closeGraceMs = 500

/**
 * Reaches providers over HTTPS with verified certificates, or plain HTTP. It follows no redirect, takes
 * at most `upstreamBodyBytesMax` decoded bytes, and reports every failure as an `UpstreamError`.
 */
export function createUndiciUpstream(options: UndiciUpstreamOptions = {}): UndiciUpstream {
  const bodyBytesMax = options.bodyBytesMax ?? upstreamBodyBytesMax
  /** By connect timeout, which undici knows only per agent. */
  const crews = new Map<number, Crew>()
  const addresses = new Map<string, { origin: string; path: string }>()

  function crewFor(connectTimeoutMs: number): Crew {
    const known = crews.get(connectTimeoutMs)
    if (known) return known
    const { extraCertificates, rules } = options
    // One for all agents: what is known of an address's TLS is known to each of them.
    const connect = buildConnector({
      timeout: connectTimeoutMs,
      allowH2: false,
      ...(extraCertificates ? { ca: [...extraCertificates] } : {}),
    })
    const makeAgent = (): Agent =>
      rules
        ? createGuardedAgent(rules, { maxResponseSize: bodyBytesMax, connectTimeoutMs })
        : new Agent({
            connect,
            keepAliveTimeout: keepAliveMs,
            keepAliveMaxTimeout: keepAliveMs * 3,
            maxHeaderSize: requestHeaderBytesMax,
            maxResponseSize: bodyBytesMax,
            pipelining: 1,
            allowH2: false,
          })
    const crew = new Crew(makeAgent)
    crews.set(connectTimeoutMs, crew)
    return crew
  }

  function addressOf(url: string): { origin: string; path: string } {
    const known = addresses.get(url)
    if (known) return known
    const { origin, pathname, search } = options.rules
      ? checkedUrl(url, options.rules)
      : new URL(url)
    const address = { origin, path: pathname + search }
    // Those of the catalogue are only a few; customers may choose many.
    if (addresses.size >= addressesKeptMax) addresses.clear()
    addresses.set(url, address)
    return address
  }

  return {
    send(request, handlers) {
      const member = crewFor(request.connectTimeoutMs).take()
      const exchange = new Exchange(handlers, { bodyBytesMax, member })
      try {
        const { origin, path } = addressOf(request.url)
        member.agent.dispatch(dispatchOptions(request, origin, path), exchange)
      } catch (error) {
        queueMicrotask(() => exchange.onResponseError(null, asError(error)))
      }
      return exchange
    },
    async close() {
      const all = [...crews.values()].flatMap((crew) => crew.agents())
      const isQuiet = await Promise.race([
        Promise.all(all.map((agent) => agent.close())).then(() => true),
        new Promise<boolean>((resolve) => setTimeout(resolve, closeGraceMs, false).unref()),
      ])
      if (!isQuiet) await Promise.all(all.map((agent) => agent.destroy()))
    },
  }
}

/** An agent, and how many calls are under way in it. */
interface CrewMember {
  readonly agent: Agent
  callCount: number
}

/** Agents that share the calls: the first one that has room takes the next. */
class Crew {
  readonly #makeAgent: () => Agent
  readonly #members: CrewMember[] = []

  constructor(makeAgent: () => Agent) {
    this.#makeAgent = makeAgent
  }

  /** The agent for a call, which counts from now on. */
  take(): CrewMember {
    let member = this.#members.find(({ callCount }) => callCount < callsPerAgentMax)
    if (member === undefined) {
      member = { agent: this.#makeAgent(), callCount: 0 }
      this.#members.push(member)
    }
    member.callCount += 1
    return member
  }

  agents(): readonly Agent[] {
    return this.#members.map(({ agent }) => agent)
  }
}

function dispatchOptions(
  request: UpstreamRequest,
  origin: string,
  path: string,
): Dispatcher.DispatchOptions {
  return {
    origin,
    path,
    method: request.method,
    headers: request.headers,
    body: request.method === 'GET' ? null : request.body,
    headersTimeout: request.firstByteTimeoutMs,
    bodyTimeout: request.idleTimeoutMs,
    // A generation takes long: nothing may wait behind it on the same connection.
    blocking: true,
  }
}

/** One call: undici's events in, the port's events out, each of them at most once and in order. */
class Exchange implements UpstreamCall, Dispatcher.DispatchHandler {
  readonly #handlers: UpstreamHandlers
  readonly #bodyBytesMax: number
  readonly #member: CrewMember
  #controller: Dispatcher.DispatchController | null = null
  #decoder: Decoder | null = null
  #byteLength = 0
  #hasHead = false
  #isOver = false

  constructor(
    handlers: UpstreamHandlers,
    { bodyBytesMax, member }: { bodyBytesMax: number; member: CrewMember },
  ) {
    this.#handlers = handlers
    this.#bodyBytesMax = bodyBytesMax
    this.#member = member
  }

  abort(): void {
    if (this.#isOver) return
    this.#leave()
    this.#decoder?.destroy()
    this.#controller?.abort(abortedByCaller)
  }

  pause(): void {
    if (this.#isOver) return
    this.#decoder?.pause()
    if (!this.#decoder) this.#controller?.pause()
  }

  resume(): void {
    if (this.#isOver) return
    this.#decoder?.resume()
    if (!this.#decoder) this.#controller?.resume()
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#isOver) controller.abort(abortedByCaller)
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    // Interim responses say nothing yet.
    if (this.#isOver || status < 200) return
    this.#hasHead = true
    const flat = flatten(headers)
    const encoding = (flat['content-encoding'] ?? '').trim().toLowerCase()
    if (encoding !== '' && encoding !== 'identity') {
      const decoder = createDecoder(encoding, {
        onData: (chunk) => this.#take(chunk),
        onEnd: () => this.#end(),
        onError: (error) => this.#decodingFailed(error),
        onFull: () => controller.pause(),
        onDrained: () => controller.resume(),
      })
      if (!decoder) {
        this.#fail('invalid_response', `the encoding "${encoding.slice(0, 40)}" is not known`)
        controller.abort(new AbortedByCaller('unknown encoding'))
        return
      }
      this.#decoder = decoder
    }
    this.#handlers.onHead(status, flat)
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#isOver) return
    if (this.#decoder) this.#decoder.write(chunk)
    else this.#take(chunk)
  }

  onResponseEnd(): void {
    if (this.#isOver) return
    if (this.#decoder) this.#decoder.end()
    else this.#end()
  }

  onResponseError(_: Dispatcher.DispatchController | null, error: Error): void {
    if (this.#isOver) return
    this.#decoder?.destroy()
    this.#fail(classOf(error, this.#hasHead), describe(error), error)
  }

  /** Once: nothing is reported any more, and the agent has room for another call. */
  #leave(): void {
    this.#isOver = true
    this.#member.callCount -= 1
  }

  #take(chunk: Buffer): void {
    if (this.#isOver) return
    this.#byteLength += chunk.length
    if (this.#byteLength > this.#bodyBytesMax) {
      this.#fail('invalid_response', `the body is larger than ${this.#bodyBytesMax} bytes`)
      this.#controller?.abort(new AbortedByCaller('the body is too large'))
      return
    }
    this.#handlers.onData(chunk)
  }

  #end(): void {
    if (this.#isOver) return
    this.#leave()
    this.#handlers.onEnd()
  }

  #decodingFailed(error: Error): void {
    if (this.#isOver) return
    // A compressed body that ends too early is cut off, whatever the length of its frame says.
    const isCut = (error as NodeJS.ErrnoException).code === 'Z_BUF_ERROR'
    this.#fail(isCut ? 'reset' : 'invalid_response', describe(error), error)
    this.#controller?.abort(new AbortedByCaller('the body cannot be decoded'))
  }

  #fail(errorClass: AttemptErrorClass, message: string, cause?: Error): void {
    if (this.#isOver) return
    this.#leave()
    this.#handlers.onError(new UpstreamError(errorClass, message, cause ? { cause } : {}))
  }
}

/** Given to undici when a call is ended from here; never seen by anybody. */
class AbortedByCaller extends Error {
  override readonly name = 'AbortError'
}

/** One for all: thousands of calls may end at once, and a stack for each costs more than the end itself. */
const abortedByCaller = new AbortedByCaller('the caller ended the call')

const connectCodes = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
])

function classOf(error: Error, hasHead: boolean): AttemptErrorClass {
  if (error instanceof AddressRefused) return 'address_refused'
  const code = codeOf(error)
  if (error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError) {
    return 'timed_out'
  }
  if (error instanceof errors.ResponseExceededMaxSizeError) return 'invalid_response'
  if (error instanceof errors.HeadersOverflowError) return 'invalid_response'
  if (error.name === 'HTTPParserError') return 'invalid_response'
  if (!hasHead && (connectCodes.has(code) || isCertificateError(code))) return 'connect_failed'
  return 'reset'
}

function isCertificateError(code: string): boolean {
  return /CERT|SELF_SIGNED|^ERR_(?:TLS|SSL)|UNABLE_TO_(?:GET|VERIFY)/.test(code)
}

function codeOf(error: unknown): string {
  if (error instanceof AggregateError) return codeOf(error.errors[0])
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
  return typeof code === 'string' ? code : ''
}

function describe(error: Error): string {
  return `${codeOf(error)} ${error.message}`.trim()
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new UpstreamError('connect_failed', String(error))
}

function flatten(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Readonly<Record<string, string>> {
  const flat: Record<string, string> = {}
  for (const name in headers) {
    const value = headers[name]
    if (value !== undefined) flat[name] = typeof value === 'string' ? value : value.join(', ')
  }
  return flat
}
