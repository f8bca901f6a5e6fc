import type { Delta, ReasoningDelta } from '#gateway/canonical/delta.ts'
import { isObject, listOf, textOf } from '#gateway/canonical/json.ts'
import type { DecodingContext } from '#gateway/canonical/provider-protocol.ts'
import { detailIndex, readReasoningDetail } from '#gateway/canonical/reasoning-details.ts'
import type { JsonObject } from '#gateway/canonical/request.ts'

import { CallDecoder } from './decode-calls.ts'

/** What is said in one place of an answer. */
type Saying = 'text' | 'reasoning' | 'other'

/**
 * Reads the messages of an answer: the pieces of a stream, or the one of a whole answer. Knows every name
 * under which a vendor of the family says the same thing.
 */
export class MessageDecoder {
  readonly calls: CallDecoder
  readonly #context: DecodingContext
  #blockCount = 0
  #openBlock = 0
  #last: Saying = 'other'
  /** Blocks of `reasoning_details`, by what their entries have in common. */
  readonly #detailBlocks = new Map<string, DetailBlock>()
  #sound = ''
  #soundPieces: string[] = []

  constructor(context: DecodingContext) {
    this.#context = context
    this.calls = new CallDecoder(context)
  }

  /** Adds the deltas of one piece of a message. */
  take(message: JsonObject, deltas: Delta[]): void {
    this.#takeReasoning(message, deltas)
    const content = message['content']
    if (typeof content === 'string') this.#addText(content, deltas)
    else if (content !== undefined && content !== null) this.#takeContent(content, deltas)
    const refusal = message['refusal']
    if (typeof refusal === 'string' && refusal !== '')
      deltas.push({ kind: 'refusal', text: refusal })
    const calls = message['tool_calls']
    if (Array.isArray(calls)) {
      if (calls.length > 0) this.#last = 'other'
      for (const call of calls as readonly unknown[]) {
        if (isObject(call)) this.calls.take(call, deltas)
      }
    }
    if (isObject(message['function_call'])) {
      this.#last = 'other'
      this.calls.take({ index: 0, function: message['function_call'] }, deltas)
    }
    if (isObject(message['audio'])) this.#takeSound(message['audio'], deltas)
    for (const image of listOf(message['images'])) takeImage(image, deltas)
    for (const note of listOf(message['annotations'])) takeAnnotation(note, deltas)
  }

  /** Adds what was held back until the message was over. */
  end(deltas: Delta[]): void {
    this.calls.end(deltas)
    if (this.#soundPieces.length === 0) return
    const bytes = Buffer.concat(this.#soundPieces.map((piece) => Buffer.from(piece, 'base64')))
    const format = textOf(this.#context.request.audioOutput?.['format']) ?? 'wav'
    const mediaType =
      format === 'mp3' ? 'audio/mpeg' : `audio/${format === 'pcm16' ? 'l16' : format}`
    deltas.push({ kind: 'media', mediaType, base64: bytes.toString('base64') })
    this.#soundPieces = []
  }

  #addText(text: string, deltas: Delta[]): void {
    if (text === '') return
    this.#last = 'text'
    deltas.push({ kind: 'text', text })
  }

  /** Mistral's list of texts and thoughts; some servers give an object where JSON was asked for. */
  #takeContent(content: unknown, deltas: Delta[]): void {
    if (isObject(content)) {
      this.#addText(JSON.stringify(content), deltas)
      return
    }
    for (const part of listOf(content)) {
      if (!isObject(part)) continue
      const thinking = part['thinking']
      if (thinking !== undefined) this.#addThought(textOfThinking(thinking), deltas)
      else if (part['type'] === 'image_url') takeImage(part, deltas)
      else this.#addText(textOf(part['text']) ?? '', deltas)
    }
  }

  #takeReasoning(message: JsonObject, deltas: Delta[]): void {
    const details = message['reasoning_details']
    let isShown = false
    if (Array.isArray(details)) {
      for (const detail of details as readonly unknown[]) {
        isShown = this.#takeDetail(detail, deltas) || isShown
      }
    }
    if (isShown) return
    const text = textOf(message['reasoning_content']) ?? textOf(message['reasoning'])
    if (text !== null) this.#addThought(text, deltas)
  }

  #addThought(text: string, deltas: Delta[]): void {
    if (text === '') return
    if (this.#last !== 'reasoning') {
      this.#openBlock = this.#blockCount
      this.#blockCount += 1
      this.#last = 'reasoning'
    }
    deltas.push(plainThought(this.#openBlock, text))
  }

  /** True when it could be read by people. */
  #takeDetail(detail: unknown, deltas: Delta[]): boolean {
    const part = readReasoningDetail(detail)
    if (!part || !isObject(detail)) return false
    const key = `${String(detail['type'])} ${String(detailIndex(detail))}`
    let known = this.#detailBlocks.get(key)
    // A block that was signed, or has its data, is over: the next of the same index is another.
    if (!known || known.isSealed) {
      known = { block: this.#blockCount, isSealed: false }
      this.#blockCount += 1
      this.#detailBlocks.set(key, known)
    }
    known.isSealed = part.signature !== null || part.data !== null
    this.#last = 'other'
    const { kind, ...piece } = part
    deltas.push({ kind, block: known.block, ...piece })
    return part.text !== ''
  }

  #takeSound(audio: JsonObject, deltas: Delta[]): void {
    const transcript = textOf(audio['transcript'])
    if (transcript !== null) this.#addText(transcript, deltas)
    const data = textOf(audio['data'])
    if (data === null || data === '') return
    // Pieces are cut anywhere, also within the four letters that stand for three bytes.
    const joined = this.#sound + data
    const whole = joined.length - (joined.length % 4)
    this.#soundPieces.push(joined.slice(0, whole))
    this.#sound = joined.slice(whole)
  }
}

interface DetailBlock {
  readonly block: number
  isSealed: boolean
}

function plainThought(block: number, text: string): ReasoningDelta {
  return {
    kind: 'reasoning',
    block,
    form: 'text',
    text,
    signature: null,
    data: null,
    id: null,
    format: 'unknown',
    callId: null,
  }
}

function textOfThinking(thinking: unknown): string {
  if (typeof thinking === 'string') return thinking
  return listOf(thinking)
    .map((part) => (isObject(part) ? (textOf(part['text']) ?? '') : ''))
    .join('')
}

function takeImage(value: unknown, deltas: Delta[]): void {
  if (!isObject(value)) return
  const image = value['image_url']
  const url = isObject(image) ? textOf(image['url']) : textOf(image)
  if (url === null) return
  const match = /^data:([^;,]*);base64,/.exec(url.slice(0, 200))
  if (match) {
    const base64 = url.slice(match[0].length)
    deltas.push({ kind: 'media', mediaType: match[1] || 'image/png', base64 })
  } else if (!url.startsWith('data:')) deltas.push({ kind: 'text', text: `![image](${url})` })
}

function takeAnnotation(value: unknown, deltas: Delta[]): void {
  if (!isObject(value)) return
  const source = value['url_citation']
  if (!isObject(source)) return
  const start = source['start_index']
  const end = source['end_index']
  deltas.push({
    kind: 'citation',
    citation: {
      url: textOf(source['url']),
      title: textOf(source['title']),
      quote: textOf(source['content']),
      startIndex: typeof start === 'number' ? start : null,
      endIndex: typeof end === 'number' ? end : null,
    },
  })
}
