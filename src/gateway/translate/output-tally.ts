import { contentBytesMax } from '#domain/limits.ts'
import type { AnswerRoom } from '#gateway/answer-memory.ts'
import type { Delta } from '#gateway/canonical/delta.ts'

/** So much is kept whether there is room or not: without any text nothing could be counted. */
const lengthMin = 4 * 1024

/** What an answer said so far, in case it has to be counted here. Above its limit it only measures. */
export class OutputTally {
  #text = ''
  #isFull = false
  readonly #room: AnswerRoom
  /** Characters of output in all, also those that are not kept. */
  length = 0
  /** Something other than text was delivered: an image, a sound. */
  hasOther = false

  constructor(room: AnswerRoom) {
    this.#room = room
  }

  /** Adds what a piece of an answer says. */
  add(delta: Delta): void {
    switch (delta.kind) {
      case 'text':
      case 'refusal':
      case 'reasoning':
      case 'tool_arguments':
        this.#add(delta.text)
        return
      case 'tool_call':
        this.#add(delta.name)
        return
      case 'media':
        this.hasOther = true
        return
      default:
        return
    }
  }

  /** What was kept. */
  text(): string {
    return this.#text
  }

  /** How much larger the whole is than what was kept; 1 when all was kept. */
  scale(): number {
    return this.#text === '' ? 1 : this.length / this.#text.length
  }

  #add(text: string): void {
    this.length += text.length
    const length = this.#text.length + text.length
    if (length > contentBytesMax || this.#isFull) return
    this.#isFull = length > lengthMin && !this.#room.take(text.length)
    if (!this.#isFull) this.#text += text
  }
}
