import { isObject, listOf, numberOf, textOf } from './json.ts'
import type { JsonObject, ReasoningFormat, ReasoningPart } from './request.ts'
import { openReasoning, sealReasoning } from './sealed-reasoning.ts'

/** One entry of OpenRouter's `reasoning_details`. */
export type ReasoningDetail = JsonObject & { readonly type: string; readonly index: number }

/** What OpenRouter calls reasoning whose `format` was left out. */
const formatWhenAbsent: ReasoningFormat = 'anthropic-claude-v1'

const formats: ReadonlySet<string> = new Set<ReasoningFormat>([
  'anthropic-claude-v1',
  'google-gemini-v1',
  'openai-responses-v1',
  'azure-openai-responses-v1',
  'xai-responses-v1',
  'unknown',
])

/** A piece of reasoning without its kind: a part, or a piece of one in a stream. */
export type ReasoningPiece = Omit<ReasoningPart, 'kind'>

/**
 * The entries that stand for one piece of reasoning: none to two. `readReasoningDetails` makes the same
 * piece of them, byte for byte (an encrypted thought without a summary is `encrypted`); what an entry has
 * no place for travels sealed in its signature or data, which means something to this gateway only.
 * `indexOf` numbers the entries.
 */
export function reasoningDetails(
  piece: ReasoningPiece,
  indexOf: (type: string) => number,
): readonly ReasoningDetail[] {
  const { form, text, signature, data, id, format, callId } = piece
  const entry = (type: string, members: JsonObject, id: string | null): ReasoningDetail => {
    const named = id === null ? members : { ...members, id }
    return { type, ...named, format, index: indexOf(type) }
  }
  const hasSecret = signature !== null || data !== null || callId !== null
  if (form === 'text') {
    const isPlain = data === null && callId === null
    if (isPlain && signature === null) {
      return text === '' && id === null ? [] : [entry('reasoning.text', { text }, id)]
    }
    const shown = isPlain ? signature : sealReasoning(piece)
    const members = text === '' ? { signature: shown } : { text, signature: shown }
    return [entry('reasoning.text', members, isPlain ? id : null)]
  }
  const entries: ReasoningDetail[] = []
  if (form === 'summary' && (text !== '' || !hasSecret)) {
    entries.push(entry('reasoning.summary', { summary: text }, id))
  }
  if (hasSecret) entries.push(encryptedDetail(piece, entry))
  return entries
}

function encryptedDetail(
  piece: ReasoningPiece,
  entry: (type: string, members: JsonObject, id: string | null) => ReasoningDetail,
): ReasoningDetail {
  const { form, signature, data, id, format, callId } = piece
  const isGemini = format === 'google-gemini-v1'
  const isSignedCall = isGemini && form === 'encrypted' && data === null && id === null
  if (isSignedCall && signature !== null && callId !== null) {
    return entry('reasoning.encrypted', { data: signature }, callId)
  }
  const isPlain = signature === null && callId === null && data !== null
  const isUnmistakable = form === 'encrypted' ? !isGemini || id === null : id !== null
  if (isPlain && isUnmistakable) return entry('reasoning.encrypted', { data }, id)
  return entry('reasoning.encrypted', { data: sealReasoning(piece) }, null)
}

/**
 * Reads `reasoning_details`, whoever wrote them: this gateway, a client that kept them (whole, or in the
 * pieces in which they were streamed), or OpenRouter. Entries that cannot be read are left out. Never throws.
 */
export function readReasoningDetails(value: unknown): readonly ReasoningPart[] {
  const parts: ReasoningPart[] = []
  let lastKey = ''
  for (const detail of listOf(value)) {
    const part = readReasoningDetail(detail)
    if (!part || !isObject(detail)) continue
    const key = `${String(detail['type'])} ${String(detailIndex(detail))}`
    const last = parts.at(-1)
    if (last && isNext(last, part) && key === lastKey && detailIndex(detail) !== null) {
      parts[parts.length - 1] = { ...part, id: last.id ?? part.id, text: last.text + part.text }
    } else if (last && isThoughtOf(last, part, detail)) {
      parts[parts.length - 1] = { ...part, form: 'summary', text: last.text }
    } else parts.push(part)
    lastKey = key
  }
  return parts
}

/** The next piece of a text that is not signed yet. */
function isNext(last: ReasoningPart, part: ReasoningPart): boolean {
  const isOpen = last.signature === null && last.data === null && last.callId === null
  return (
    isOpen && last.form === part.form && last.form !== 'encrypted' && last.format === part.format
  )
}

/** One entry as a piece of reasoning; undefined when it is none. */
export function readReasoningDetail(detail: unknown): ReasoningPart | undefined {
  if (!isObject(detail)) return undefined
  const named = textOf(detail['format'])
  const format =
    named === null ? formatWhenAbsent : formats.has(named) ? (named as ReasoningFormat) : 'unknown'
  const id = textOf(detail['id'])
  const none = { kind: 'reasoning', signature: null, data: null, id, format, callId: null } as const
  switch (detail['type']) {
    case 'reasoning.text': {
      const text = textOf(detail['text']) ?? ''
      const signature = textOf(detail['signature'])
      const opened = signature === null ? undefined : openReasoning(signature)
      if (opened) return { kind: 'reasoning', ...opened, text }
      return { ...none, form: 'text', text, signature }
    }
    case 'reasoning.summary':
      return { ...none, form: 'summary', text: textOf(detail['summary']) ?? '' }
    case 'reasoning.encrypted': {
      const data = textOf(detail['data'])
      if (data === null) return undefined
      const opened = openReasoning(data)
      if (opened) return { kind: 'reasoning', ...opened, text: '' }
      if (format === 'google-gemini-v1' && id !== null) {
        return { ...none, form: 'encrypted', text: '', signature: data, id: null, callId: id }
      }
      return { ...none, form: 'encrypted', text: '', data }
    }
    default:
      return undefined
  }
}

/** A summary and the encrypted thought that it sums up are one piece in two entries. */
function isThoughtOf(last: ReasoningPart, part: ReasoningPart, detail: JsonObject): boolean {
  if (last.form !== 'summary' || last.data !== null || last.format !== part.format) return false
  if (detail['type'] !== 'reasoning.encrypted') return false
  const isSealed = part.form === 'summary'
  return isSealed || (last.id !== null && last.id === part.id)
}

/** The index of an entry of a stream, which says what belongs together; null: none. */
export function detailIndex(detail: unknown): number | null {
  return isObject(detail) ? numberOf(detail['index']) : null
}
