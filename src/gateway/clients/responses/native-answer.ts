import type { Fault } from '#domain/faults.ts'
import type { AnswerFacts, Closing, NativeStream } from '#gateway/canonical/client-protocol.ts'
import { isObject, numberOf, objectOf, parseJson, textOf } from '#gateway/canonical/json.ts'
import type { JsonObject } from '#gateway/canonical/request.ts'
import type { WireEvent } from '#gateway/canonical/wire-event.ts'

import { responseIdOf } from './response-ids.ts'
import { inProgress, metadataText, responseObjects } from './response-object.ts'
import { errorEventText, failureOf } from './write-fault.ts'
import { usageText } from './write-usage.ts'

/** The whole answer of an upstream with this protocol, with our names, counts and cost in it. */
export function editWhole(body: JsonObject, facts: AnswerFacts, closing: Closing): string {
  const { usage, ...rest } = withOurNames(body, facts)
  const text = JSON.stringify(rest).slice(0, -1)
  const counts = usageText(closing.usage, closing.cost, objectOf(usage))
  return `${text},"usage":${counts}${metadataText(closing.warnings)}}`
}

/** Passes an upstream's events on. The one that proves completeness waits for `end`. */
export function openNative(facts: AnswerFacts): NativeStream {
  return new NativeResponse(facts)
}

class NativeResponse implements NativeStream {
  readonly #facts: AnswerFacts
  #last: { readonly type: string; readonly body: JsonObject } | null = null
  /** The data of the event that went last: it has the last number. */
  #lastData = ''

  constructor(facts: AnswerFacts) {
    this.#facts = facts
  }

  pass(event: WireEvent): string {
    const { data } = event
    if (data === '[DONE]') return ''
    const type = event.name ?? textOf(objectOf(parseJson(data))['type']) ?? 'message'
    switch (type) {
      case 'response.created':
      case 'response.in_progress':
      case 'response.queued':
        return this.#send(type, this.#renamed(data))
      case 'response.completed':
      case 'response.incomplete':
      case 'response.cancelled':
        this.#last = { type, body: objectOf(parseJson(data)) }
        return ''
      // How it failed is told in `fail`.
      case 'response.failed':
      case 'error':
        return ''
      default:
        return this.#send(type, data)
    }
  }

  end(closing: Closing): string {
    if (this.#last === null) return ''
    const { type, body } = this.#last
    const { response, ...rest } = body
    const head = JSON.stringify(rest).slice(0, -1)
    const text = editWhole(objectOf(response), this.#facts, closing)
    return `event: ${type}\ndata: ${head},"response":${text}}\n\n`
  }

  fail(fault: Fault): string {
    const number = (numberOf(objectOf(parseJson(this.#lastData))['sequence_number']) ?? -1) + 1
    const response = responseObjects(this.#facts)({
      ...inProgress,
      status: 'failed',
      error: failureOf(fault),
    })
    const type = 'response.failed'
    return (
      errorEventText(fault, number) +
      `event: ${type}\ndata: {"type":"${type}","sequence_number":${number + 1},"response":${response}}\n\n`
    )
  }

  #send(type: string, data: string): string {
    this.#lastData = data
    return `event: ${type}\ndata: ${data}\n\n`
  }

  #renamed(data: string): string {
    const body = parseJson(data)
    if (!isObject(body) || !isObject(body['response'])) return data
    return JSON.stringify({ ...body, response: withOurNames(body['response'], this.#facts) })
  }
}

/** What a response says of itself and of what was asked of this gateway, not of the provider. */
function withOurNames(
  response: JsonObject,
  { id, model, provider, body }: AnswerFacts,
): JsonObject {
  return {
    ...response,
    id: responseIdOf(id),
    model,
    provider,
    store: body['store'] ?? true,
    previous_response_id: body['previous_response_id'] ?? null,
  }
}
