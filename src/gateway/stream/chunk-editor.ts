import { scanJsonObject, type JsonShape } from '#domain/json-members.ts'
import { asciiName, editJsonText, upstreamJsonLimits } from '#gateway/json-edit.ts'

/** Part of a buffer. */
export interface ByteRange {
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
}

/** A chunk with our members in it, and the places of its own members before that. */
export interface EditedChunk {
  /** Each letter is one byte. */
  readonly json: string
  readonly shape: JsonShape
}

/**
 * Puts our id and the provider's name into the chunks of one stream. Almost all chunks of a stream begin
 * with the same bytes, so their beginning is learned once and then compared and replaced, without
 * reading the chunk; a chunk that begins otherwise is scanned. The rest of each chunk stays as it is.
 */
export class ChunkEditor {
  readonly #set: ReadonlyMap<string, string>
  /** What replaces the learned beginning. */
  readonly #head: string
  /** The beginning as this upstream writes it, up to the first member that stays. */
  #learned: string | null = null

  constructor(ours: { id: string; provider: string }) {
    const id = `"${ours.id}"`
    const provider = asciiName(ours.provider)
    this.#set = new Map([
      ['id', id],
      ['provider', provider],
    ])
    this.#head = `{"id":${id},"provider":${provider},`
  }

  /**
   * Our form of a chunk (`latin1`: each letter one byte), or undefined when it begins otherwise than
   * those before it.
   */
  replaceHead(latin1: string): string | undefined {
    const learned = this.#learned
    if (learned === null || !latin1.startsWith(learned)) return undefined
    return this.#head + latin1.slice(learned.length)
  }

  /** Our form of a chunk's JSON, or undefined when it is no object. Learns how it begins. */
  edit({ bytes, start, end }: ByteRange): EditedChunk | undefined {
    const json = bytes.subarray(start, end)
    const shape = scanJsonObject({ bytes: json, limits: upstreamJsonLimits })
    if (shape.kind !== 'object') return undefined
    const latin1 = json.toString('latin1')
    this.#learn(latin1, shape)
    return { json: editJsonText(latin1, shape, { set: this.#set }), shape }
  }

  #learn(latin1: string, shape: JsonShape): void {
    const [first, second, third] = shape.members
    const after = second?.name === 'provider' ? third : second
    if (first?.name === 'id' && after) this.#learned = latin1.slice(0, after.start)
  }
}
