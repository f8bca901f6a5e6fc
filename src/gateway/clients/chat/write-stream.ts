import { errorChunk } from '#contract/error-envelope.ts'
import { usageJson } from '#contract/usage.ts'
import type { Fault } from '#domain/faults.ts'
import type { AnswerFacts, AnswerStream, Closing } from '#gateway/canonical/client-protocol.ts'
import type { Delta, ReasoningDelta } from '#gateway/canonical/delta.ts'

import {
  annotationOf,
  chatLogprobs,
  detailNumbers,
  finishReasonOf,
  imageOf,
  usesLegacyFunctions,
} from './delta-members.ts'

/** The last event of a stream that is whole. */
export const doneEvent = 'data: [DONE]\n\n'

/** Writes one answer as chat completion chunks, with what OpenRouter adds to them. */
export function openChatStream(facts: AnswerFacts): AnswerStream {
  const chunks = new ChunkWriter(facts)
  return {
    push: (delta) => chunks.write(delta),
    end: (closing) => chunks.end(closing),
    fail: (fault) => failEvent(fault, facts),
  }
}

class ChunkWriter {
  /** What stands around the delta of a chunk; made once. */
  readonly #head: string
  readonly #before: string
  readonly #beforeText: string
  readonly #audioId: string
  readonly #isLegacy: boolean
  readonly #isHidden: boolean
  readonly #detailsOf = detailNumbers()
  readonly #customCalls = new Set<number>()
  #hasRole = false
  #imageCount = 0
  #finish: Extract<Delta, { kind: 'finish' }> | null = null

  constructor({ id, createdAtSeconds, model, provider, request, body }: AnswerFacts) {
    this.#head =
      `data: {"id":${JSON.stringify(id)},"object":"chat.completion.chunk",` +
      `"created":${createdAtSeconds},"model":${JSON.stringify(model)},` +
      `"provider":${JSON.stringify(provider)},"choices":[`
    this.#before = `${this.#head}{"index":0,"delta":`
    this.#beforeText = `${this.#before}{"content":`
    this.#audioId = `audio_${id}`
    this.#isLegacy = usesLegacyFunctions(body)
    this.#isHidden = request.reasoning?.isHidden === true
  }

  write(delta: Delta): string {
    const end = afterOf(delta)
    if (delta.kind === 'text' && this.#hasRole) {
      return `${this.#beforeText}${JSON.stringify(delta.text)}}${end}`
    }
    const members = this.#membersOf(delta)
    const chunk = members === '' ? '' : `${this.#before}${members}${end}`
    return chunk === '' && delta.kind !== 'start' ? '' : this.#withRole(chunk)
  }

  end(closing: Closing): string {
    const reason = JSON.stringify(finishReasonOf(this.#finish?.reason ?? null, this.#isLegacy))
    const native = JSON.stringify(this.#finish?.native ?? null)
    const last =
      `${this.#before}{},"logprobs":null,"finish_reason":${reason},` +
      `"native_finish_reason":${native}}]}\n\n`
    return `${this.#withRole(last)}${this.#head}]${closingMembers(closing)}}\n\n${doneEvent}`
  }

  #withRole(text: string): string {
    if (this.#hasRole) return text
    this.#hasRole = true
    return `${this.#before}{"role":"assistant","content":""}${after}${text}`
  }

  /** The delta of a chunk as JSON text; empty where nothing is sent. */
  #membersOf(delta: Delta): string {
    switch (delta.kind) {
      case 'text':
        return `{"content":${JSON.stringify(delta.text)}}`
      case 'refusal':
        return `{"refusal":${JSON.stringify(delta.text)}}`
      case 'reasoning':
        return this.#reasoning(delta)
      case 'tool_call':
        if (delta.isCustom) this.#customCalls.add(delta.call)
        return callStart(delta, this.#isLegacy)
      case 'tool_arguments': {
        const isCustom = this.#customCalls.has(delta.call)
        return callText(delta, { isLegacy: this.#isLegacy, isCustom })
      }
      case 'media':
        return this.#media(delta)
      case 'citation': {
        const annotation = annotationOf(delta.citation)
        return annotation ? JSON.stringify({ annotations: [annotation] }) : ''
      }
      case 'finish':
        this.#finish = delta
        return ''
      default:
        return ''
    }
  }

  #reasoning(delta: ReasoningDelta): string {
    if (this.#isHidden) return ''
    const details = this.#detailsOf(delta.block, delta)
    if (details.length === 0) return ''
    const shown = delta.text === '' ? '' : `"reasoning":${JSON.stringify(delta.text)},`
    return `{${shown}"reasoning_details":${JSON.stringify(details)}}`
  }

  #media(delta: Extract<Delta, { kind: 'media' }>): string {
    if (delta.mediaType.startsWith('audio/')) {
      return JSON.stringify({ audio: { id: this.#audioId, data: delta.base64 } })
    }
    const images = [imageOf(delta, this.#imageCount)]
    this.#imageCount += 1
    return JSON.stringify({ images })
  }
}

const after = ',"logprobs":null,"finish_reason":null}]}\n\n'

/** What stands behind the delta of a chunk. */
function afterOf(delta: Delta): string {
  if (delta.kind !== 'text' || delta.logprobs === undefined) return after
  return `,"logprobs":${JSON.stringify(chatLogprobs(delta.logprobs))},"finish_reason":null}]}\n\n`
}

/** `usage` with its cost, and what was not translated exactly, to follow the other members of an answer. */
export function closingMembers({ usage, cost, warnings }: Closing): string {
  const told = warnings.length === 0 ? '' : `,"codelace_metadata":${JSON.stringify({ warnings })}`
  return `,"usage":${usageJson(usage, cost)}${told}`
}

/** The end of a stream that broke: an error, and nothing that looks like success. */
export function failEvent(fault: Fault, facts: AnswerFacts): string {
  const { id, model, provider, createdAtSeconds } = facts
  return `data: ${JSON.stringify(errorChunk({ fault, id, model, provider, createdAtSeconds }))}\n\n`
}

function callStart(delta: Extract<Delta, { kind: 'tool_call' }>, isLegacy: boolean): string {
  const name = JSON.stringify(delta.name)
  if (isLegacy) return `{"function_call":{"name":${name},"arguments":""}}`
  const head = `{"tool_calls":[{"index":${delta.call},"id":${JSON.stringify(delta.id)},`
  return delta.isCustom
    ? `${head}"type":"custom","custom":{"name":${name},"input":""}}]}`
    : `${head}"type":"function","function":{"name":${name},"arguments":""}}]}`
}

function callText(
  delta: Extract<Delta, { kind: 'tool_arguments' }>,
  { isLegacy, isCustom }: { isLegacy: boolean; isCustom: boolean },
): string {
  const text = JSON.stringify(delta.text)
  if (isLegacy) return `{"function_call":{"arguments":${text}}}`
  const member = isCustom ? `"custom":{"input":${text}}` : `"function":{"arguments":${text}}`
  return `{"tool_calls":[{"index":${delta.call},${member}}]}`
}
