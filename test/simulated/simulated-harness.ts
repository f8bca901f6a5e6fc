import { delayMsMax } from '#adapters/simulated/controls.ts'
import { createSimulatedUpstream } from '#adapters/simulated/simulated-upstream.ts'
import type { UpstreamCall, UpstreamRequest } from '#ports/upstream.ts'
import { makeStoppedClock } from '#test/stopped-clock.ts'

/** What the handlers of one call were told, in order. */
export interface Heard {
  status: number | null
  headers: Readonly<Record<string, string>>
  readonly chunks: string[]
  /** The same as bytes: not everything is text. */
  readonly bytes: Buffer[]
  /** `end`, the class of the error, or null while the call goes on. */
  end: string | null
}

/** One choice as it arrives in JSON or in an event. */
export interface HeardChoice {
  readonly index: number
  readonly message: HeardMessage
  readonly delta: HeardMessage
  readonly finish_reason: string | null
}

/** The text or the calls of a choice. */
export interface HeardMessage {
  readonly role?: string
  readonly content?: string | null
  readonly tool_calls?: readonly {
    readonly index: number
    readonly id: string
    readonly type: string
    readonly function: { readonly name: string; readonly arguments: string }
    readonly custom?: { readonly name: string; readonly input: string }
  }[]
}

/** A JSON body or the data of one event. */
export interface HeardBody {
  readonly id: string
  readonly choices: readonly HeardChoice[]
  readonly usage?: { readonly [name: string]: unknown } | null
  readonly error?: {
    readonly message: string
    readonly type: string
    readonly param: string | null
  }
}

/** The provider with a clock that stands still, and a count of the timers it holds. */
export function makeProvider() {
  const { clock, settle, advance } = makeStoppedClock()
  const timers = new Set<symbol>()
  const upstream = createSimulatedUpstream({
    ...clock,
    after: (delayMs, call) => {
      const timer = Symbol('timer')
      timers.add(timer)
      const cancel = clock.after(delayMs, () => {
        timers.delete(timer)
        call()
      })
      return () => {
        timers.delete(timer)
        cancel()
      }
    },
  })
  const send = (body: unknown, special: Partial<UpstreamRequest> = {}) => {
    const heard: Heard = { status: null, headers: {}, chunks: [], bytes: [], end: null }
    const call: UpstreamCall = upstream.send(
      { ...plainRequest, body: Buffer.from(textOf(body)), ...special },
      {
        onHead: (status, headers) => Object.assign(heard, { status, headers }),
        onData: (chunk) => {
          heard.bytes.push(Buffer.from(chunk))
          heard.chunks.push(Buffer.from(chunk).toString())
        },
        onEnd: () => (heard.end = 'end'),
        onError: (error) => (heard.end = error.errorClass),
      },
    )
    return { heard, call }
  }
  return { send, settle, advance, timerCount: () => timers.size }
}

/** Sends one request and waits for everything that ever comes. */
export async function ask(body: unknown, special: Partial<UpstreamRequest> = {}): Promise<Heard> {
  const { send, advance } = makeProvider()
  const { heard } = send(body, special)
  await advance(1000 * delayMsMax)
  return heard
}

/** The JSON body of the answer to one request. */
export async function askJson(body: unknown): Promise<HeardBody> {
  const heard = await ask(body)
  return JSON.parse(heard.chunks.join('')) as HeardBody
}

/** The data of every event of the answer to one streamed request, `[DONE]` left out. */
export async function askEvents(body: object): Promise<readonly HeardBody[]> {
  return eventsOf(await ask({ ...body, stream: true }))
}

/** The data of every event that was heard, `[DONE]` left out. */
export function eventsOf(heard: Heard): readonly HeardBody[] {
  return heard.chunks
    .join('')
    .split('\n\n')
    .filter((event) => event.startsWith('data: {'))
    .map((event) => JSON.parse(event.slice(6)) as HeardBody)
}

/** A request of one user message. */
export function userSays(content: string, rest: object = {}): object {
  return { model: 'sim/echo', messages: [{ role: 'user', content }], ...rest }
}

const plainRequest: UpstreamRequest = {
  url: 'simulated:/chat/completions',
  method: 'POST',
  headers: {},
  body: new Uint8Array(),
  connectTimeoutMs: 1000,
  firstByteTimeoutMs: 60_000,
  idleTimeoutMs: 120_000,
}

function textOf(body: unknown): string {
  return typeof body === 'string' ? body : JSON.stringify(body)
}
