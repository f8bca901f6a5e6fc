import type { Citation, Delta, FinishReason, ReasoningDelta } from './delta.ts'
import type { TokenLogprob } from './logprobs.ts'
import type { JsonObject, ReasoningPart } from './request.ts'

/** A whole answer: its pieces, put together in the order in which they came. */
export interface ModelAnswer {
  readonly upstreamId: string | null
  readonly model: string | null
  readonly createdAtSeconds: number | null
  readonly items: readonly AnswerItem[]
  readonly finish: FinishReason | null
  readonly nativeFinish: string | null
  readonly stopSequence: string | null
  /** The last counts that were reported, unchecked; null: none. */
  readonly usage: JsonObject | null
}

/** One thing that the model said. */
export type AnswerItem =
  | {
      readonly kind: 'text'
      readonly text: string
      readonly citations: readonly Citation[]
      readonly logprobs?: readonly TokenLogprob[]
    }
  | { readonly kind: 'refusal'; readonly text: string }
  | ReasoningPart
  | {
      readonly kind: 'tool_call'
      readonly id: string
      readonly name: string
      readonly arguments: string
      readonly isCustom: boolean
    }
  | { readonly kind: 'media'; readonly mediaType: string; readonly base64: string }

type Open = { -readonly [Name in keyof ModelAnswer]: ModelAnswer[Name] } & { items: AnswerItem[] }

/** Puts the pieces of an answer together. Text that follows text is one item; errors are left out. */
export function foldDeltas(deltas: Iterable<Delta>): ModelAnswer {
  const answer: Open = {
    upstreamId: null,
    model: null,
    createdAtSeconds: null,
    items: [],
    finish: null,
    nativeFinish: null,
    stopSequence: null,
    usage: null,
  }
  const calls = new Map<number, number>()
  const blocks = new Map<number, number>()
  for (const delta of deltas) addDelta(answer, delta, { calls, blocks })
  return answer
}

function addDelta(
  answer: Open,
  delta: Delta,
  places: { calls: Map<number, number>; blocks: Map<number, number> },
): void {
  const { items } = answer
  switch (delta.kind) {
    case 'start':
      answer.upstreamId = delta.upstreamId
      answer.model = delta.model
      answer.createdAtSeconds = delta.createdAtSeconds
      return
    case 'text':
    case 'refusal':
      addText(items, delta)
      return
    case 'reasoning':
      addReasoning(items, delta, places.blocks)
      return
    case 'tool_call':
      places.calls.set(delta.call, items.length)
      items.push({
        kind: 'tool_call',
        id: delta.id,
        name: delta.name,
        arguments: '',
        isCustom: delta.isCustom,
      })
      return
    case 'tool_arguments':
      addArguments(items, places.calls.get(delta.call), delta.text)
      return
    case 'media':
      items.push(delta)
      return
    case 'citation':
      addCitation(items, delta.citation)
      return
    case 'usage':
      answer.usage = delta.usage
      return
    case 'finish':
      answer.finish = delta.reason
      answer.nativeFinish = delta.native
      answer.stopSequence = delta.stopSequence
      return
    default:
      return
  }
}

function addText(items: AnswerItem[], delta: Extract<Delta, { kind: 'text' | 'refusal' }>): void {
  if (delta.text === '') return
  const last = items.at(-1)
  if (last?.kind === 'text' && delta.kind === 'text') {
    const { logprobs = last.logprobs } = delta
    const all = last.logprobs && delta.logprobs ? [...last.logprobs, ...delta.logprobs] : logprobs
    items[items.length - 1] = {
      ...last,
      text: last.text + delta.text,
      ...(all && { logprobs: all }),
    }
  } else if (last?.kind === 'refusal' && delta.kind === 'refusal') {
    items[items.length - 1] = { ...last, text: last.text + delta.text }
  } else if (delta.kind === 'text') items.push({ ...delta, citations: [] })
  else items.push({ kind: 'refusal', text: delta.text })
}

function addReasoning(
  items: AnswerItem[],
  delta: ReasoningDelta,
  blocks: Map<number, number>,
): void {
  const { block, ...piece } = delta
  const place = blocks.get(block)
  const known = place === undefined ? undefined : items[place]
  if (place === undefined || known?.kind !== 'reasoning') {
    blocks.set(block, items.length)
    items.push(piece)
    return
  }
  items[place] = {
    ...known,
    text: known.text + piece.text,
    signature: piece.signature ?? known.signature,
    data: piece.data ?? known.data,
    id: piece.id ?? known.id,
    callId: piece.callId ?? known.callId,
  }
}

function addArguments(items: AnswerItem[], place: number | undefined, text: string): void {
  const call = place === undefined ? undefined : items[place]
  if (place === undefined || call?.kind !== 'tool_call') return
  items[place] = { ...call, arguments: call.arguments + text }
}

function addCitation(items: AnswerItem[], citation: Citation): void {
  const place = items.findLastIndex((item) => item.kind === 'text')
  const text = items[place]
  if (text?.kind === 'text') items[place] = { ...text, citations: [...text.citations, citation] }
  else items.push({ kind: 'text', text: '', citations: [citation] })
}
