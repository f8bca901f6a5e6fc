import { formatUsd, nanoUsd } from '#domain/money.ts'
import { readFault } from '#web/client/call-error.ts'
import { serverEvents } from '#web/client/server-events.ts'

/** An answer that ended with an error of its own, in the words of the stream. */
class AnswerBroken extends Error {
  override readonly name = 'AnswerBroken'
}

/** How far one model is with its answer. */
export interface Run {
  readonly state: 'waiting' | 'answering' | 'done' | 'stopped' | 'failed'
  readonly text: string
  readonly reasoning: string
  readonly toolCalls: readonly ToolCall[]
  readonly firstTokenMs: number | null
  readonly spanMs: number
  readonly promptTokens: number | null
  readonly completionTokens: number | null
  /** US dollars as decimal text, once it is known. */
  readonly cost: string | null
  readonly generationId: string | null
  readonly finishReason: string | null
  readonly error: unknown
}

/** A function that the model wants to be called. */
export interface ToolCall {
  readonly name: string
  readonly arguments: string
}

/** A run that has just been sent. */
const freshRun: Run = {
  state: 'waiting',
  text: '',
  reasoning: '',
  toolCalls: [],
  firstTokenMs: null,
  spanMs: 0,
  promptTokens: null,
  completionTokens: null,
  cost: null,
  generationId: null,
  finishReason: null,
  error: null,
}

/**
 * Asks one model and tells of each step of its answer. Never throws: what went wrong is the last step. The
 * key goes to this server only, in a header, and is kept nowhere.
 */
export async function runModel(
  request: { key: string; body: Readonly<Record<string, unknown>>; signal: AbortSignal },
  tell: (run: Run) => void,
): Promise<Run> {
  const begunMs = performance.now()
  const spanMs = () => performance.now() - begunMs
  let run = freshRun
  const step = (change: Partial<Run>) => {
    run = { ...run, spanMs: spanMs(), ...change }
    tell(run)
  }
  try {
    const response = await fetch('/v1/chat/completions', {
      method: 'POST',
      headers: { authorization: `Bearer ${request.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        ...request.body,
        stream: true,
        stream_options: { include_usage: true },
      }),
      signal: request.signal,
      cache: 'no-store',
      credentials: 'omit',
    })
    step({ generationId: response.headers.get('x-generation-id') })
    if (!response.ok || !response.body) throw await readFault(response)
    for await (const { data } of serverEvents(response.body)) {
      if (data === '[DONE]') break
      step(withChunk(run, JSON.parse(data) as Chunk, spanMs()))
    }
    step({ state: run.error === null ? 'done' : 'failed' })
  } catch (error) {
    step(request.signal.aborted ? { state: 'stopped' } : { state: 'failed', error })
  }
  return run
}

interface Chunk {
  readonly choices?: readonly {
    readonly finish_reason?: string | null
    readonly delta?: {
      readonly content?: string | null
      readonly reasoning?: string | null
      readonly reasoning_content?: string | null
      readonly tool_calls?: readonly {
        readonly index?: number
        readonly function?: { readonly name?: string; readonly arguments?: string }
      }[]
    }
  }[]
  readonly usage?: {
    readonly prompt_tokens?: number
    readonly completion_tokens?: number
    readonly cost?: number
  } | null
  readonly error?: { readonly message?: string } | null
}

/** What a chunk of the stream adds to the run. */
function withChunk(run: Run, chunk: Chunk, spanMs: number): Partial<Run> {
  const choice = chunk.choices?.[0]
  const delta = choice?.delta
  const text = delta?.content ?? ''
  const reasoning = delta?.reasoning ?? delta?.reasoning_content ?? ''
  const isFirst =
    run.firstTokenMs === null && (text !== '' || reasoning !== '' || delta?.tool_calls)
  return {
    text: run.text + text,
    reasoning: run.reasoning + reasoning,
    ...(delta?.tool_calls && { toolCalls: withCalls(run.toolCalls, delta.tool_calls) }),
    ...(isFirst && { state: 'answering', firstTokenMs: spanMs }),
    ...(choice?.finish_reason && { finishReason: choice.finish_reason }),
    ...(chunk.usage && {
      promptTokens: chunk.usage.prompt_tokens ?? null,
      completionTokens: chunk.usage.completion_tokens ?? null,
      cost: chunk.usage.cost === undefined ? null : usdOfWire(chunk.usage.cost),
    }),
    ...(chunk.error && { error: new AnswerBroken(chunk.error.message ?? 'The answer broke off.') }),
  }
}

function withCalls(
  calls: readonly ToolCall[],
  pieces: NonNullable<NonNullable<NonNullable<Chunk['choices']>[number]['delta']>['tool_calls']>,
): readonly ToolCall[] {
  const next = [...calls]
  for (const { index = next.length, function: piece } of pieces) {
    const known = next[index] ?? { name: '', arguments: '' }
    next[index] = {
      name: known.name + (piece?.name ?? ''),
      arguments: known.arguments + (piece?.arguments ?? ''),
    }
  }
  return next
}

/** The wire's JSON number as the whole nano-dollars that it was made of. */
function usdOfWire(usd: number): string {
  return formatUsd(nanoUsd(BigInt(Math.round(usd * 1e9))))
}
