import type { AnswerFacts, Closing, NativeStream } from '#gateway/canonical/client-protocol.ts'
import { isObject, objectOf, parseJson } from '#gateway/canonical/json.ts'
import type { JsonObject } from '#gateway/canonical/request.ts'
import type { WireEvent } from '#gateway/canonical/wire-event.ts'

import { faultText } from './write-fault.ts'
import { usageText, warningsMember } from './write-usage.ts'

/**
 * Passes the events of an Anthropic server on. `message_start` gets our names, the last `message_delta` our
 * counts and the cost; it and `message_stop` are held back until the charge is durable.
 */
export function openNativeMessages(facts: AnswerFacts): NativeStream {
  let lastDelta: JsonObject | undefined
  return {
    pass(event) {
      const name = nameOf(event)
      switch (name) {
        case 'message_start':
          return startText(event, facts)
        case 'message_delta': {
          // Only the last one ends the message; one before it goes on as it was.
          const before = lastDelta === undefined ? '' : eventText(name, JSON.stringify(lastDelta))
          lastDelta = objectOf(parseJson(event.data))
          return before
        }
        case 'message_stop':
        case 'error':
          return ''
        default:
          return eventText(name, event.data)
      }
    },
    end(closing: Closing) {
      const { usage, ...rest } = lastDelta ?? silentEnd
      const text = JSON.stringify(rest)
      const counts = usageText(closing, objectOf(usage))
      return (
        eventText('message_delta', `${text.slice(0, -1)},"usage":${counts}}`) +
        eventText('message_stop', `{"type":"message_stop"${warningsMember(closing)}}`)
      )
    },
    fail: (fault) => eventText('error', faultText(fault, facts.id)),
  }
}

const silentEnd: JsonObject = {
  type: 'message_delta',
  delta: { stop_reason: 'end_turn', stop_sequence: null },
}

function nameOf({ name, data }: WireEvent): string {
  if (name !== null) return name
  const type = objectOf(parseJson(data))['type']
  return typeof type === 'string' ? type : 'message'
}

function startText({ data }: WireEvent, { id, model, provider }: AnswerFacts): string {
  const event = parseJson(data)
  if (!isObject(event)) return eventText('message_start', data)
  const message = { ...objectOf(event['message']), id, model, provider }
  return eventText('message_start', JSON.stringify({ ...event, message }))
}

function eventText(name: string, data: string): string {
  const lines = data.includes('\n') ? data.replaceAll('\n', '\ndata: ') : data
  return `event: ${name}\ndata: ${lines}\n\n`
}
