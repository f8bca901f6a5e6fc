import type { WireEvent } from '#gateway/canonical/wire-event.ts'
import { isComment, readLines, startOfOnlyData } from '#gateway/stream/event-lines.ts'
import { EventSplitter, type EventRange } from '#gateway/stream/event-splitter.ts'

/** Turns the bytes of an upstream into events. `push` and `end` throw `EventTooLarge` or `FramingError`. */
export interface EventFramer {
  readonly push: (chunk: Buffer) => void
  readonly end: () => void
}

/** The bytes are no stream of the framing that was agreed. */
export class FramingError extends Error {
  override readonly name: string = 'FramingError'
}

/** Server-sent events: comments are left out, several data lines become one text. */
export function sseFramer(sink: (event: WireEvent) => void, eventBytesMax: number): EventFramer {
  return new EventSplitter((range) => {
    const event = readEvent(range)
    if (event) sink(event)
  }, eventBytesMax)
}

function readEvent(range: EventRange): WireEvent | undefined {
  const dataStart = startOfOnlyData(range)
  if (dataStart !== -1) {
    const data = range.bytes.toString('utf8', dataStart, range.end)
    return { name: null, data, isException: false }
  }
  return readTwoLines(range) ?? readOddEvent(range)
}

const eventField = 'event:'
const dataField = 'data:'

/** `event:` and then `data:`, as Anthropic and the Responses API write every event. */
function readTwoLines({ bytes, start, end }: EventRange): WireEvent | undefined {
  const text = bytes.toString('utf8', start, end)
  if (!text.startsWith(eventField)) return undefined
  const lineEnd = text.indexOf('\n')
  if (lineEnd === -1 || !text.startsWith(dataField, lineEnd + 1)) return undefined
  if (text.includes('\n', lineEnd + 1) || text.includes('\r')) return undefined
  const from = lineEnd + 1 + dataField.length
  const name = text.slice(eventField.length, lineEnd).trim()
  return { name, data: text.slice(text[from] === ' ' ? from + 1 : from), isException: false }
}

function readOddEvent(range: EventRange): WireEvent | undefined {
  if (isComment(range)) return undefined
  const { data, others, isError } = readLines(range)
  if (data === null) return undefined
  const name = /^event: ?(.*)$/m.exec(others)?.[1]?.trim() ?? null
  return { name, data: data.toString('utf8'), isException: isError }
}
