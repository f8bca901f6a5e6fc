import type { Delta } from '#gateway/canonical/delta.ts'
import { isObject, parseJson, textOf } from '#gateway/canonical/json.ts'
import type { DecodingContext } from '#gateway/canonical/provider-protocol.ts'
import type { JsonObject } from '#gateway/canonical/request.ts'

import { customInput } from './encode-tools.ts'

interface OpenCall {
  /** As the server counts it; null: it does not. */
  readonly index: number | null
  readonly serverId: string | null
  /** Its place among the calls of the answer; null while its name has not come. */
  call: number | null
  isCustom: boolean
  /** It stands for a tool that takes text: what it is given is held back until it is whole. */
  isWrapped: boolean
  held: string
}

/**
 * Reads tool calls from fragments. Servers differ in what identifies one: an index that may start anywhere,
 * be repeated or be missing, an id that may be empty in later fragments, or nothing at all.
 */
export class CallDecoder {
  readonly #context: DecodingContext
  readonly #calls: OpenCall[] = []
  readonly #ids = new Set<string>()
  #count = 0

  constructor(context: DecodingContext) {
    this.#context = context
  }

  /** True when any call was made. */
  get hasCalls(): boolean {
    return this.#count > 0
  }

  /** Adds the deltas of one fragment. */
  take(fragment: JsonObject, deltas: Delta[]): void {
    const custom = fragment['custom']
    const called = isObject(custom) ? custom : fragment['function']
    const body: JsonObject = isObject(called) ? called : {}
    const id = textOf(fragment['id']) || null
    const name = textOf(body['name']) || null
    const index = typeof fragment['index'] === 'number' ? fragment['index'] : null
    const call = this.#find(index, id, name) ?? this.#open(index, id)
    const text = argumentsOf(isObject(custom) ? body['input'] : body['arguments'])
    if (call.call === null) {
      call.held += text
      if (name !== null) this.#begin(call, { name, isCustom: isObject(custom), deltas })
    } else if (text !== '') {
      if (call.isWrapped) call.held += text
      else deltas.push({ kind: 'tool_arguments', call: call.call, text })
    }
  }

  /** Adds what was held back: the input of tools that take text. */
  end(deltas: Delta[]): void {
    for (const call of this.#calls) {
      if (!call.isWrapped || call.call === null) continue
      deltas.push({ kind: 'tool_arguments', call: call.call, text: unwrapped(call.held) })
      call.isWrapped = false
    }
  }

  #find(index: number | null, id: string | null, name: string | null): OpenCall | undefined {
    if (index === null) {
      if (id !== null) return this.#calls.findLast((call) => call.serverId === id)
      return name === null ? this.#calls.at(-1) : undefined
    }
    const known = this.#calls.findLast((call) => call.index === index)
    // Some servers give every call the same index: another id with a name is another call.
    if (known && id !== null && name !== null && known.serverId !== id) return undefined
    return known
  }

  #open(index: number | null, serverId: string | null): OpenCall {
    const call: OpenCall = {
      index,
      serverId,
      call: null,
      isCustom: false,
      isWrapped: false,
      held: '',
    }
    this.#calls.push(call)
    return call
  }

  #begin(
    call: OpenCall,
    { name, isCustom, deltas }: { name: string; isCustom: boolean; deltas: Delta[] },
  ): void {
    const place = this.#count
    this.#count += 1
    call.call = place
    call.isWrapped = !isCustom && this.#takesText(name)
    call.isCustom = isCustom || call.isWrapped
    const id = this.#uniqueId(call.serverId, place)
    deltas.push({ kind: 'tool_call', call: place, id, name, isCustom: call.isCustom })
    if (call.isWrapped || call.held === '') return
    deltas.push({ kind: 'tool_arguments', call: place, text: call.held })
    call.held = ''
  }

  #takesText(name: string): boolean {
    return this.#context.request.tools.some((tool) => tool.kind === 'custom' && tool.name === name)
  }

  #uniqueId(serverId: string | null, place: number): string {
    const isFree = serverId !== null && !this.#ids.has(serverId)
    const id = isFree ? serverId : `call_${this.#context.callIdPrefix}${place}`
    this.#ids.add(id)
    return id
  }
}

function argumentsOf(value: unknown): string {
  if (typeof value === 'string') return value
  return isObject(value) ? JSON.stringify(value) : ''
}

/** The text that a function was given in place of a tool that takes text. */
function unwrapped(text: string): string {
  const value = parseJson(text)
  return (isObject(value) ? textOf(value[customInput]) : null) ?? text
}
