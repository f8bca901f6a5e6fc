import type { AnswerFacts } from '#gateway/canonical/client-protocol.ts'
import type { Citation, Delta, ReasoningDelta } from '#gateway/canonical/delta.ts'
import type { ReasoningPart } from '#gateway/canonical/request.ts'

import { citationValue, reasoningBlock, toolUseId } from './write-blocks.ts'

/** The block that is open. `json` is what a call was given so far. */
type Block =
  | { readonly kind: 'none' }
  | { readonly kind: 'text' }
  | { readonly kind: 'thinking'; readonly block: number; part: ReasoningPart }
  | { readonly kind: 'call'; readonly call: number; readonly isCustom: boolean; json: string }

const none: Block = { kind: 'none' }

/** An event that clients skip, as Anthropic sends it itself. */
export const ping = 'event: ping\ndata: {"type":"ping"}\n\n'

/**
 * Writes the blocks of one message as events: one open at a time, numbered from 0. Every method returns
 * what is to be sent, and opens and closes what it must.
 */
export class BlockWriter {
  readonly #facts: AnswerFacts
  #block: Block = none
  #index = -1
  #deltaStart = ''
  #hasBegun = false

  constructor(facts: AnswerFacts) {
    this.#facts = facts
  }

  /** The start of the message; nothing after the first time. */
  begin(): string {
    if (this.#hasBegun) return ''
    this.#hasBegun = true
    return messageStart(this.#facts) + ping
  }

  text(text: string): string {
    if (text === '') return ''
    const before = this.#openText()
    return `${before}${this.#deltaStart}{"type":"text_delta","text":${JSON.stringify(text)}}}\n\n`
  }

  citation(citation: Citation): string {
    const before = this.#openText()
    const value = JSON.stringify(citationValue(citation))
    return `${before}${this.#deltaStart}{"type":"citations_delta","citation":${value}}}\n\n`
  }

  thought(delta: ReasoningDelta): string {
    const { block, ...piece } = delta
    const open = this.#block
    if (open.kind === 'thinking' && open.block === block) {
      const { part } = open
      open.part = {
        ...part,
        signature: piece.signature ?? part.signature,
        data: piece.data ?? part.data,
        id: piece.id ?? part.id,
        callId: piece.callId ?? part.callId,
      }
      return this.#thinking(piece.text)
    }
    const whole = piece.form === 'encrypted' ? reasoningBlock(piece) : undefined
    if (whole?.['type'] === 'redacted_thinking') {
      return this.#open(none, JSON.stringify(whole)) + this.#stop()
    }
    const content = '{"type":"thinking","thinking":"","signature":""}'
    const before = this.#open({ kind: 'thinking', block, part: { ...piece, text: '' } }, content)
    return before + this.#thinking(piece.text)
  }

  call({ call, id, name, isCustom }: Extract<Delta, { kind: 'tool_call' }>): string {
    const names = `"id":${JSON.stringify(toolUseId(id))},"name":${JSON.stringify(name)}`
    const content = `{"type":"tool_use",${names},"input":{}}`
    const before = this.#open({ kind: 'call', call, isCustom, json: '' }, content)
    return isCustom ? before + this.#input('{"input":"') : before
  }

  /** Arguments of the call that is open; those of another are nothing. */
  arguments({ call, text }: Extract<Delta, { kind: 'tool_arguments' }>): string {
    const block = this.#block
    if (block.kind !== 'call' || block.call !== call || text === '') return ''
    block.json += text
    return this.#input(block.isCustom ? JSON.stringify(text).slice(1, -1) : text)
  }

  /** True while a call is open whose arguments are no whole JSON yet; `but`: not for that call. */
  isAmidCall(but: number | null): boolean {
    const block = this.#block
    return block.kind === 'call' && block.call !== but && !isWhole(block)
  }

  close(): string {
    const block = this.#block
    if (block.kind === 'none') return ''
    let text = ''
    if (block.kind === 'thinking') text = this.#signature(block.part)
    if (block.kind === 'call' && block.isCustom) text = this.#input('"}')
    this.#block = none
    return text + this.#stop()
  }

  #openText(): string {
    if (this.#block.kind === 'text') return ''
    return this.#open({ kind: 'text' }, '{"type":"text","text":""}')
  }

  #open(block: Block, content: string): string {
    const before = this.begin() + this.close()
    this.#index += 1
    this.#block = block
    const place = `"index":${this.#index}`
    this.#deltaStart = `event: content_block_delta\ndata: {"type":"content_block_delta",${place},"delta":`
    const start = `{"type":"content_block_start",${place},"content_block":${content}}`
    return `${before}event: content_block_start\ndata: ${start}\n\n`
  }

  #stop(): string {
    const stop = `{"type":"content_block_stop","index":${this.#index}}`
    return `event: content_block_stop\ndata: ${stop}\n\n`
  }

  #thinking(text: string): string {
    if (text === '') return ''
    const delta = `{"type":"thinking_delta","thinking":${JSON.stringify(text)}}`
    return `${this.#deltaStart}${delta}}\n\n`
  }

  #signature(part: ReasoningPart): string {
    const { signature } = reasoningBlock(part)
    if (typeof signature !== 'string' || signature === '') return ''
    const delta = `{"type":"signature_delta","signature":${JSON.stringify(signature)}}`
    return `${this.#deltaStart}${delta}}\n\n`
  }

  #input(json: string): string {
    const delta = `{"type":"input_json_delta","partial_json":${JSON.stringify(json)}}`
    return `${this.#deltaStart}${delta}}\n\n`
  }
}

/** Plain text has no end of its own: it is taken for whole at any time. */
function isWhole({ json, isCustom }: Extract<Block, { kind: 'call' }>): boolean {
  if (isCustom) return true
  if (!json.trimEnd().endsWith('}')) return false
  try {
    JSON.parse(json)
    return true
  } catch {
    return false
  }
}

function messageStart({ id, model, provider }: AnswerFacts): string {
  const message = JSON.stringify({
    id,
    type: 'message',
    role: 'assistant',
    model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    stop_details: null,
    container: null,
    provider,
    // What was read is known at the end: the last event repeats all counts.
    usage: {
      input_tokens: 0,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 0,
      output_tokens: 0,
    },
  })
  return `event: message_start\ndata: {"type":"message_start","message":${message}}\n\n`
}
