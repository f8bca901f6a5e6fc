import type { Delta } from '#gateway/canonical/delta.ts'
import { isObject, listOf, objectOf, parseJson, textOf } from '#gateway/canonical/json.ts'
import { addLogprobs, readGeminiLogprobs } from '#gateway/canonical/logprobs.ts'
import type {
  AnswerDecoder,
  DecodedWhole,
  DecodingContext,
} from '#gateway/canonical/provider-protocol.ts'
import type { JsonObject } from '#gateway/canonical/request.ts'

import { finishReasonOf } from './finish.ts'
import { citationsOf } from './grounding.ts'
import type { PartialArguments } from './partial-arguments.ts'
import { openPartialArguments } from './partial-arguments.ts'
import { readGeminiErrorBody } from './read-error.ts'
import { customToolInput } from './tools.ts'
import { usageOf } from './usage.ts'

/** Reads the chunks of a stream: each is a whole response that holds what is new. */
export function openGeminiDecoder(context: DecodingContext): AnswerDecoder {
  const state = newState(context)
  return {
    take(event) {
      const deltas: Delta[] = []
      const value = parseJson(event.data)
      const chunks = Array.isArray(value) ? value : [value]
      for (const chunk of chunks) if (isObject(chunk)) takeChunk(state, chunk, deltas)
      return deltas
    },
    end() {
      const deltas: Delta[] = []
      closeCall(state, deltas)
      return deltas
    },
  }
}

/** Reads a whole answer, also one that is a list of chunks. */
export function decodeGeminiWhole(body: unknown, context: DecodingContext): DecodedWhole {
  const chunks = Array.isArray(body) ? body.filter(isObject) : isObject(body) ? [body] : []
  if (chunks.length === 0) return { kind: 'unreadable', detail: 'it is no JSON object' }
  const state = newState(context)
  const deltas: Delta[] = []
  for (const chunk of chunks) takeChunk(state, chunk, deltas)
  closeCall(state, deltas)
  const error = deltas.find((delta) => delta.kind === 'error')
  if (error !== undefined) return { kind: 'error', body: error.body }
  if (!state.isFinished && !state.hasOutput) {
    return { kind: 'unreadable', detail: 'it has no candidate and no reason for that' }
  }
  // A whole body that was read to its end is complete, whether or not it says why it ended.
  if (!state.isFinished) finish(state, 'STOP', deltas)
  return { kind: 'answer', deltas }
}

interface State {
  readonly context: DecodingContext
  readonly customTools: ReadonlySet<string>
  hasStarted: boolean
  hasOutput: boolean
  isFinished: boolean
  calls: number
  blocks: number
  /** Thoughts that follow each other are one block, until one of them is signed. */
  openThought: number | null
  openCall: { readonly call: number; readonly args: PartialArguments } | null
  /** All text so far: places of sources are counted in it. */
  text: string
}

function newState(context: DecodingContext): State {
  const custom = context.request.tools.flatMap((tool) =>
    tool.kind === 'custom' ? [tool.name] : [],
  )
  return {
    context,
    customTools: new Set(custom),
    hasStarted: false,
    hasOutput: false,
    isFinished: false,
    calls: 0,
    blocks: 0,
    openThought: null,
    openCall: null,
    text: '',
  }
}

function takeChunk(state: State, chunk: JsonObject, deltas: Delta[]): void {
  if (isObject(chunk['error'])) {
    deltas.push({ kind: 'error', body: readGeminiErrorBody(chunk) })
    return
  }
  if (!state.hasStarted) {
    state.hasStarted = true
    deltas.push({
      kind: 'start',
      upstreamId: textOf(chunk['responseId']),
      model: textOf(chunk['modelVersion']),
      createdAtSeconds: secondsOf(chunk['createTime']),
    })
  }
  const candidate = listOf(chunk['candidates'])[0]
  if (isObject(candidate)) takeCandidate(state, candidate, deltas)
  const usage = usageOf(chunk['usageMetadata'])
  if (usage !== undefined) deltas.push({ kind: 'usage', usage })
  const blocked = textOf(objectOf(chunk['promptFeedback'])['blockReason'])
  if (blocked !== null && !state.isFinished) {
    state.isFinished = true
    deltas.push({ kind: 'finish', reason: 'content_filter', native: blocked, stopSequence: null })
  }
}

function takeCandidate(state: State, candidate: JsonObject, deltas: Delta[]): void {
  const from = deltas.length
  for (const part of listOf(objectOf(candidate['content'])['parts'])) {
    if (isObject(part)) takePart(state, part, deltas)
  }
  addLogprobs(deltas, { from, tokens: readGeminiLogprobs(candidate['logprobsResult']) })
  if (candidate['groundingMetadata'] !== undefined || candidate['citationMetadata'] !== undefined) {
    const citations = citationsOf(candidate, state.text).map(
      (citation) => ({ kind: 'citation', citation }) as const,
    )
    // A signature may follow the text, and sources stand with the text.
    const place = deltas.findLastIndex(({ kind }) => kind === 'text')
    deltas.splice(place === -1 ? deltas.length : place + 1, 0, ...citations)
  }
  const native = textOf(candidate['finishReason'])
  if (native === null || state.isFinished) return
  closeCall(state, deltas)
  finish(state, native, deltas)
}

function finish(state: State, native: string, deltas: Delta[]): void {
  state.isFinished = true
  const reason = finishReasonOf(native, state.calls > 0)
  deltas.push({ kind: 'finish', reason, native, stopSequence: null })
}

function takePart(state: State, part: JsonObject, deltas: Delta[]): void {
  const signature = textOf(part['thoughtSignature'])
  const text = textOf(part['text'])
  if (part['thought'] === true) {
    if (text !== null || signature !== null) takeThought(state, text ?? '', { signature, deltas })
    return
  }
  // What Gemini ran itself cannot be given back, and its signature stands for nothing else.
  if (part['toolCall'] !== undefined || part['toolResponse'] !== undefined) return
  const call = part['functionCall']
  if (isObject(call)) {
    takeCall(state, call, { signature, deltas })
    return
  }
  state.openThought = null
  if (text !== null) addText(state, text, deltas)
  else if (isObject(part['inlineData'])) addMedia(state, part['inlineData'], deltas)
  else if (isObject(part['executableCode'])) {
    const { language, code } = part['executableCode']
    addFence(state, { name: (textOf(language) ?? '').toLowerCase(), body: code }, deltas)
  } else if (isObject(part['codeExecutionResult'])) {
    addFence(state, { name: '', body: part['codeExecutionResult']['output'] }, deltas)
  }
  if (signature !== null) addSignature(state, signature, { callId: null, deltas })
}

function takeThought(
  state: State,
  text: string,
  { signature, deltas }: { signature: string | null; deltas: Delta[] },
): void {
  if (text === '' && signature === null) return
  state.hasOutput = true
  const block = state.openThought ?? state.blocks++
  state.openThought = signature === null ? block : null
  deltas.push({
    kind: 'reasoning',
    block,
    form: 'text',
    text,
    signature,
    data: null,
    id: null,
    format: 'google-gemini-v1',
    callId: null,
  })
}

/** A signature of something other than a thought is a block of its own that nobody can read. */
function addSignature(
  state: State,
  signature: string,
  { callId, deltas }: { callId: string | null; deltas: Delta[] },
): void {
  deltas.push({
    kind: 'reasoning',
    block: state.blocks++,
    form: 'encrypted',
    text: '',
    signature: null,
    data: signature,
    id: null,
    format: 'google-gemini-v1',
    callId,
  })
}

function addText(state: State, text: string, deltas: Delta[]): void {
  if (text === '') return
  state.hasOutput = true
  state.text += text
  deltas.push({ kind: 'text', text })
}

function addFence(
  state: State,
  { name, body }: { name: string; body: unknown },
  deltas: Delta[],
): void {
  const text = textOf(body)
  if (text !== null) addText(state, `\n\`\`\`${name}\n${text}\n\`\`\`\n`, deltas)
}

function addMedia(state: State, inline: JsonObject, deltas: Delta[]): void {
  const base64 = textOf(inline['data'])
  if (base64 === null) return
  state.hasOutput = true
  const mediaType = textOf(inline['mimeType']) ?? 'application/octet-stream'
  deltas.push({ kind: 'media', mediaType, base64 })
}

/**
 * A call comes whole, or begins with its name and goes on in parts without one. The part that does not
 * announce another one ends it; so does everything else that follows.
 */
function takeCall(
  state: State,
  part: JsonObject,
  { signature, deltas }: { signature: string | null; deltas: Delta[] },
): void {
  state.openThought = null
  const name = textOf(part['name'])
  if (name !== null && name !== '') {
    closeCall(state, deltas)
    state.hasOutput = true
    const call = state.calls++
    const id = textOf(part['id']) ?? `call_${state.context.callIdPrefix}${call}`
    if (signature !== null) addSignature(state, signature, { callId: id, deltas })
    const isCustom = state.customTools.has(name)
    deltas.push({ kind: 'tool_call', call, id, name, isCustom })
    if (part['partialArgs'] === undefined && part['willContinue'] !== true) {
      deltas.push({ kind: 'tool_arguments', call, text: argumentsText(part['args'], isCustom) })
      return
    }
    state.openCall = { call, args: openPartialArguments() }
  }
  if (state.openCall === null) return
  state.openCall.args.take(part['partialArgs'])
  if (part['willContinue'] !== true) closeCall(state, deltas)
}

function closeCall(state: State, deltas: Delta[]): void {
  if (state.openCall === null) return
  const { call, args } = state.openCall
  state.openCall = null
  deltas.push({ kind: 'tool_arguments', call, text: args.text() })
}

function argumentsText(args: unknown, isCustom: boolean): string {
  if (!isObject(args)) return isCustom ? '' : '{}'
  const input = isCustom ? textOf(args[customToolInput]) : null
  return input ?? JSON.stringify(args)
}

function secondsOf(time: unknown): number | null {
  const milliseconds = typeof time === 'string' ? Date.parse(time) : Number.NaN
  return Number.isFinite(milliseconds) ? Math.floor(milliseconds / 1000) : null
}
