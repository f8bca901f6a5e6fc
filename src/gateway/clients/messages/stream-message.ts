import type { AnswerFacts, AnswerStream, Closing } from '#gateway/canonical/client-protocol.ts'
import type { Delta } from '#gateway/canonical/delta.ts'

import { BlockWriter } from './block-writer.ts'
import { mediaText, stopReason } from './write-blocks.ts'
import { faultText } from './write-fault.ts'
import { usageText, warningsMember } from './write-usage.ts'

type Ending = Extract<Delta, { kind: 'finish' }>

/** Writes one answer as events of the Messages API. */
export function openMessageStream(facts: AnswerFacts): AnswerStream {
  const writer = new BlockWriter(facts)
  let hasCalls = false
  let ending: Ending | null = null
  /** What came while a call was not yet whole: it follows when the call is, for only one may be open. */
  let waiting: Delta[] = []

  function write(delta: Delta): string {
    if (delta.kind === 'finish') ending = delta
    if (delta.kind === 'tool_call') hasCalls = true
    return textOfDelta(delta, writer)
  }

  function drain(): string {
    let text = ''
    while (waiting.length > 0 && !writer.isAmidCall(null)) {
      const [next, ...rest] = waiting
      waiting = rest
      if (next) text += write(next)
      // Arguments of the call that was just opened may stand anywhere among the others.
      if (next?.kind === 'tool_call') text += takeArguments(next.call)
    }
    return text
  }

  function takeArguments(call: number): string {
    let text = ''
    waiting = waiting.filter((delta) => {
      if (delta.kind !== 'tool_arguments' || delta.call !== call) return true
      text += writer.arguments(delta)
      return false
    })
    return text
  }

  return {
    push(delta) {
      if (mustStandInOrder(delta)) {
        const own = delta.kind === 'tool_arguments' ? delta.call : null
        if (writer.isAmidCall(own) || (waiting.length > 0 && !isOfOpenCall(own, writer))) {
          waiting.push(delta)
          return ''
        }
      }
      const text = write(delta)
      return waiting.length > 0 ? text + drain() : text
    },
    end(closing) {
      let text = writer.begin() + writer.close()
      while (waiting.length > 0) text += drain() + writer.close()
      return text + messageEnd(ending, hasCalls, closing)
    },
    fail: (fault) => `event: error\ndata: ${faultText(fault, facts.id)}\n\n`,
  }
}

function textOfDelta(delta: Delta, writer: BlockWriter): string {
  switch (delta.kind) {
    case 'text':
    case 'refusal':
      return writer.text(delta.text)
    case 'reasoning':
      return writer.thought(delta)
    case 'tool_arguments':
      return writer.arguments(delta)
    case 'tool_call':
      return writer.call(delta)
    case 'media':
      return writer.text(mediaText(delta))
    case 'citation':
      return writer.citation(delta.citation)
    case 'start':
      return writer.begin()
    case 'finish':
    case 'usage':
    case 'error':
      return ''
    default:
      return delta
  }
}

function mustStandInOrder({ kind }: Delta): boolean {
  return kind !== 'usage' && kind !== 'error' && kind !== 'finish' && kind !== 'start'
}

/** True for arguments of the call that is open: they are what all others wait for. */
function isOfOpenCall(call: number | null, writer: BlockWriter): boolean {
  return call !== null && writer.isAmidCall(null) && !writer.isAmidCall(call)
}

function messageEnd(ending: Ending | null, hasCalls: boolean, closing: Closing): string {
  const reason = stopReason({
    reason: ending?.reason ?? null,
    native: ending?.native ?? null,
    stopSequence: ending?.stopSequence ?? null,
    hasCalls,
  })
  const delta = JSON.stringify({
    stop_reason: reason,
    stop_sequence: reason === 'stop_sequence' ? (ending?.stopSequence ?? null) : null,
    stop_details: null,
    container: null,
  })
  return (
    `event: message_delta\ndata: {"type":"message_delta","delta":${delta},` +
    `"usage":${usageText(closing, {})}}\n\n` +
    `event: message_stop\ndata: {"type":"message_stop"${warningsMember(closing)}}\n\n`
  )
}
