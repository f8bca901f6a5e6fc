import type { Citation, Delta, FinishReason, ReasoningDelta } from '#gateway/canonical/delta.ts'
import { isObject, parseJson } from '#gateway/canonical/json.ts'

import { signatureFor, type SignedReasoning } from './signatures.ts'

/** Turns deltas into Gemini's parts, each as JSON text. */
export interface PartWriter {
  /** The parts that can be said now. */
  readonly push: (delta: Delta) => readonly string[]
  /** What was still held back: open calls and signatures. */
  readonly end: () => readonly string[]
  /** Gemini's word for the end of the answer. */
  readonly finishWord: () => string
  readonly citations: readonly Citation[]
  /** All text that was said; places of sources are counted in it. */
  readonly text: () => string
}

/**
 * Calls are given whole, as Gemini gives them, so their arguments are held back until they are over. The
 * signature of a call goes on it; other reasoning of a foreign maker ends its thought, sealed.
 */
export function openPartWriter(): PartWriter {
  const state: State = {
    calls: [],
    signatures: new Map(),
    thought: null,
    finish: null,
    native: null,
    isBroken: false,
    citations: [],
    text: '',
  }
  return {
    push: (delta) => push(state, delta),
    end: () => [...closeThought(state), ...closeCalls(state)],
    finishWord: () => finishWord(state),
    citations: state.citations,
    text: () => state.text,
  }
}

interface OpenCall {
  readonly call: number
  readonly id: string
  readonly name: string
  readonly isCustom: boolean
  text: string
}

interface State {
  calls: OpenCall[]
  /** By call id, the signature to put on the call. */
  readonly signatures: Map<string, string>
  thought: { readonly block: number; piece: SignedReasoning; hasText: boolean } | null
  finish: FinishReason | null
  native: string | null
  /** A call's arguments were no JSON object. */
  isBroken: boolean
  readonly citations: Citation[]
  text: string
}

function push(state: State, delta: Delta): readonly string[] {
  switch (delta.kind) {
    case 'text':
    case 'refusal':
      if (delta.text === '') return []
      state.text += delta.text
      return [...settle(state), `{"text":${JSON.stringify(delta.text)}}`]
    case 'reasoning':
      return pushReasoning(state, delta)
    case 'tool_call': {
      const closed = closeThought(state)
      const { call, id, name, isCustom } = delta
      state.calls.push({ call, id, name, isCustom, text: '' })
      return closed
    }
    case 'tool_arguments': {
      const open = state.calls.find(({ call }) => call === delta.call)
      if (open !== undefined) open.text += delta.text
      return []
    }
    case 'media': {
      const data = JSON.stringify({ mimeType: delta.mediaType, data: delta.base64 })
      return [...settle(state), `{"inlineData":${data}}`]
    }
    case 'citation':
      state.citations.push(delta.citation)
      return []
    case 'finish':
      state.finish = delta.reason
      state.native = delta.native
      return settle(state)
    case 'start':
    case 'usage':
    case 'error':
      return []
    default:
      return delta satisfies never
  }
}

/** What must be said before something else is. */
function settle(state: State): readonly string[] {
  if (state.thought === null && state.calls.length === 0) return []
  return [...closeThought(state), ...closeCalls(state)]
}

function pushReasoning(state: State, delta: ReasoningDelta): readonly string[] {
  const { kind: _, block, text, ...piece } = delta
  const said: string[] = []
  if (state.thought !== null && state.thought.block !== block) said.push(...closeThought(state))
  if (state.thought === null) {
    said.push(...closeCalls(state))
    state.thought = { block, piece, hasText: false }
  } else state.thought.piece = merged(state.thought.piece, piece)
  if (text === '') return said
  state.thought.hasText = true
  const shown = `{"thought":true,"text":${JSON.stringify(text)}`
  const isWhole = (piece.signature ?? piece.data) !== null && piece.callId === null
  const signature = isWhole ? signatureFor(state.thought.piece) : undefined
  if (signature === undefined) return [...said, `${shown}}`]
  state.thought = null
  return [...said, `${shown},"thoughtSignature":${JSON.stringify(signature)}}`]
}

function merged(known: SignedReasoning, piece: SignedReasoning): SignedReasoning {
  return {
    ...known,
    signature: piece.signature ?? known.signature,
    data: piece.data ?? known.data,
    id: piece.id ?? known.id,
    callId: piece.callId ?? known.callId,
  }
}

function closeThought(state: State): readonly string[] {
  const { thought } = state
  if (thought === null) return []
  state.thought = null
  const signature = signatureFor(thought.piece)
  if (signature === undefined) return []
  const { format, callId } = thought.piece
  if (format === 'google-gemini-v1' && callId !== null) {
    state.signatures.set(callId, signature)
    return []
  }
  // Without text it is no thought that a reader would join to the one before it.
  const head = thought.hasText ? '"thought":true,"text":""' : '"text":""'
  return [`{${head},"thoughtSignature":${JSON.stringify(signature)}}`]
}

function closeCalls(state: State): readonly string[] {
  if (state.calls.length === 0) return []
  const calls = state.calls
  state.calls = []
  return calls.flatMap((call) => callJson(state, call))
}

function callJson(state: State, { id, name, isCustom, text }: OpenCall): readonly string[] {
  const args = isCustom ? JSON.stringify({ input: text }) : argumentsJson(text)
  if (args === undefined) {
    state.isBroken = true
    return []
  }
  const signature = state.signatures.get(id)
  const signed = signature === undefined ? '' : `,"thoughtSignature":${JSON.stringify(signature)}`
  const names = JSON.stringify({ id, name }).slice(0, -1)
  return [`{"functionCall":${names},"args":${args}}${signed}}`]
}

/** The arguments as they were written, when they are an object; a call that broke off is none. */
function argumentsJson(text: string): string | undefined {
  if (text.trim() === '') return '{}'
  if (!isObject(parseJson(text))) return undefined
  // Line ends between the values of a JSON text would end the line of the event.
  return /[\r\n]/.test(text) ? text.replace(/[\r\n]+/g, ' ') : text
}

/** Words of Gemini that say more than the reason alone. */
const ownWords: ReadonlySet<string> = new Set([
  'SAFETY',
  'RECITATION',
  'LANGUAGE',
  'BLOCKLIST',
  'PROHIBITED_CONTENT',
  'SPII',
  'MALFORMED_FUNCTION_CALL',
  'IMAGE_SAFETY',
  'UNEXPECTED_TOOL_CALL',
])

function finishWord({ finish, native, isBroken }: State): string {
  if (native !== null && ownWords.has(native)) return native
  switch (finish) {
    case 'length':
      return 'MAX_TOKENS'
    case 'content_filter':
      return 'SAFETY'
    case 'error':
      return 'OTHER'
    case 'stop':
    case 'tool_calls':
    case null:
      return isBroken ? 'MALFORMED_FUNCTION_CALL' : 'STOP'
    default:
      return finish satisfies never
  }
}
