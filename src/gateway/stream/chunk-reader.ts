import { findUsage } from '#domain/metering.ts'
import { isErrorBody } from '#domain/upstream-complaint.ts'
import type { AnswerRoom } from '#gateway/answer-memory.ts'

import { TextTally } from './text-tally.ts'

/** What one chunk that had to be parsed says. */
export type ChunkNews =
  | { readonly kind: 'chunk'; readonly hasUsage: boolean; readonly hasChoices: boolean }
  | { readonly kind: 'error'; readonly body: unknown }

type JsonObject = Readonly<Record<string, unknown>>

const quoteCode = 0x22
const backslashCode = 0x5c

/**
 * Reads what metering needs from the chunks of one stream. Most chunks carry a few letters of output and
 * nothing else of interest; these are searched, not parsed.
 */
export class ChunkReader {
  readonly tally: TextTally
  /** The last usage object that was reported, as it came. */
  rawUsage: unknown = undefined
  /** Output that was counted when the last usage was reported: what came later is not in it. */
  bytesAtUsage = 0
  finishReason: string | null = null
  upstreamId: string | null = null
  model: string | null = null
  created: number | null = null
  /** Something other than text was delivered: audio or images. */
  hasOtherOutput = false
  /** What stands around the text of a chunk that holds nothing else; learned from the last such one. */
  #before: string | null = null
  #after = ''
  readonly #parseAll: boolean
  #isSpaced = false
  readonly #open = new Set<number>()
  readonly #finished = new Set<number>()

  /** With more than one choice, each chunk is parsed: every choice has its own end. */
  constructor(choiceCount: number, room: AnswerRoom) {
    this.tally = new TextTally(room)
    this.#parseAll = choiceCount > 1
  }

  /** True when every choice that began has ended. */
  get isFinished(): boolean {
    return this.finishReason !== null && this.#open.size === 0
  }

  /** True when nothing at all was produced. */
  get isEmpty(): boolean {
    return this.tally.byteLength === 0 && !this.hasOtherOutput
  }

  /**
   * Tallies a chunk (`latin1`: each letter one byte) by searching it. False when it may hold more than
   * output: usage, an end, an error, an unusual shape; then nothing was tallied and `parse` must read it.
   */
  skim(latin1: string): boolean {
    if (this.#before !== null && latin1.startsWith(this.#before) && latin1.endsWith(this.#after)) {
      const from = this.#before.length
      const to = latin1.length - this.#after.length
      // What follows begins with the closing quote: no other may come before it.
      if (to >= from && latin1.indexOf('"', from) === to) {
        this.tally.addEscaped(latin1, from, to)
        return true
      }
    }
    return !this.#parseAll && !this.#isSpaced && this.#search(latin1)
  }

  #search(latin1: string): boolean {
    if (hasNonNull(latin1, '"finish_reason"') || hasNonNull(latin1, '"usage"')) return false
    if (latin1.includes('"error"')) return false
    const content = latin1.indexOf('"content":')
    if (content !== -1) {
      const first = latin1.charCodeAt(content + 10)
      if (first !== quoteCode && first !== 0x6e) return false
    }
    const countedBefore = this.tally.byteLength
    if (latin1.includes('"tool_calls":[{') || latin1.includes('"function_call":{')) {
      this.#addAll(latin1, '"name":"')
      this.#addAll(latin1, '"arguments":"')
    }
    if (latin1.includes('"reasoning')) {
      // Some vendors write the same text under both names.
      if (!this.#addAll(latin1, '"reasoning_content":"')) this.#addAll(latin1, '"reasoning":"')
    }
    this.#addAll(latin1, '"refusal":"')
    const hasOther = latin1.includes('"audio":{') || latin1.includes('"images":[{')
    this.hasOtherOutput ||= hasOther
    if (content === -1 || latin1.charCodeAt(content + 10) !== quoteCode) return true
    const end = this.#addPiece(latin1, content + 11)
    if (end !== -1 && !hasOther && countedBefore === this.tally.byteLength - (end - content - 11)) {
      this.#before = latin1.slice(0, content + 11)
      this.#after = latin1.slice(end)
    }
    return true
  }

  /** Reads a parsed chunk whole. `text` is its JSON, to learn how this upstream writes. */
  parse(value: unknown, text: string): ChunkNews {
    if (isErrorBody(value)) return { kind: 'error', body: value }
    if (!isObject(value)) return { kind: 'chunk', hasUsage: false, hasChoices: false }
    this.#isSpaced ||= text.includes('": ')
    this.upstreamId ??= textOf(value['id'])
    this.model ??= textOf(value['model'])
    this.created ??= typeof value['created'] === 'number' ? value['created'] : null
    const choices = Array.isArray(value['choices']) ? value['choices'] : []
    for (const choice of choices) if (isObject(choice)) this.#readChoice(choice)
    const usage = findUsage(value)
    if (usage !== undefined) {
      this.rawUsage = usage
      this.bytesAtUsage = this.tally.byteLength
    }
    return { kind: 'chunk', hasUsage: isObject(value['usage']), hasChoices: choices.length > 0 }
  }

  #readChoice(choice: JsonObject): void {
    const index = typeof choice['index'] === 'number' ? choice['index'] : 0
    const delta = isObject(choice['delta']) ? choice['delta'] : choice['message']
    if (isObject(delta)) this.#readDelta(delta)
    const finish = textOf(choice['finish_reason'])
    if (finish !== null) {
      this.finishReason ??= finish
      this.#open.delete(index)
      this.#finished.add(index)
    } else if (!this.#finished.has(index)) this.#open.add(index)
  }

  #readDelta(delta: JsonObject): void {
    this.#addContent(delta['content'])
    this.tally.add(textOf(delta['reasoning_content']) ?? textOf(delta['reasoning']) ?? '')
    this.tally.add(textOf(delta['refusal']) ?? '')
    const calls = Array.isArray(delta['tool_calls']) ? delta['tool_calls'] : []
    for (const call of [...calls, { function: delta['function_call'] }]) {
      const called = isObject(call) ? call['function'] : undefined
      if (!isObject(called)) continue
      this.tally.add(textOf(called['name']) ?? '')
      this.tally.add(textOf(called['arguments']) ?? '')
    }
    if (isObject(delta['audio']) || Array.isArray(delta['images'])) this.hasOtherOutput = true
  }

  /** Text, or Mistral's list of parts, thinking included. */
  #addContent(content: unknown): void {
    if (typeof content === 'string') this.tally.add(content)
    if (!Array.isArray(content)) return
    for (const part of content) {
      if (!isObject(part)) continue
      this.tally.add(textOf(part['text']) ?? '')
      this.#addContent(part['thinking'])
    }
  }

  #addAll(latin1: string, name: string): boolean {
    let found = false
    let at = latin1.indexOf(name)
    while (at !== -1) {
      found = true
      this.#addPiece(latin1, at + name.length)
      at = latin1.indexOf(name, at + name.length)
    }
    return found
  }

  /** Tallies the string whose content begins at `from`; where it ends, or -1. */
  #addPiece(latin1: string, from: number): number {
    let end = latin1.indexOf('"', from)
    while (end !== -1 && isEscaped(latin1, from, end)) end = latin1.indexOf('"', end + 1)
    if (end > from) this.tally.addEscaped(latin1, from, end)
    return end
  }
}

function isEscaped(text: string, from: number, at: number): boolean {
  let slashes = 0
  while (at - slashes > from && text.charCodeAt(at - slashes - 1) === backslashCode) slashes += 1
  return slashes % 2 === 1
}

/** True when the member stands anywhere with a value other than null. */
function hasNonNull(text: string, name: string): boolean {
  let at = text.indexOf(name)
  while (at !== -1) {
    if (!text.startsWith(':null', at + name.length)) return true
    at = text.indexOf(name, at + name.length)
  }
  return false
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
