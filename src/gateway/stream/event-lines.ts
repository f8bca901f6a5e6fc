import type { EventRange } from './event-splitter.ts'

/** The parts of one event that matter here. */
export interface EventLines {
  /** The JSON of its data, on one line; null when it has no data. */
  readonly data: Buffer | null
  /** Everything else, line by line as it came, each with a line feed: comments, `event:`, `id:`. */
  readonly others: string
  /** The event says by its name or its field that it is an error. */
  readonly isError: boolean
}

const colonCode = 0x3a

/** True for an event of comments alone. */
export function isComment({ bytes, start, end }: EventRange): boolean {
  if (bytes[start] !== colonCode) return false
  const text = bytes.toString('latin1', start, end)
  return text.split(/\r\n|\r|\n/).every((line) => line === '' || line.startsWith(':'))
}

/** Where the data of an event of one `data:` line begins; -1 when the event is of another form. */
export function startOfOnlyData({ bytes, start, isOneLine }: EventRange): number {
  const isData =
    isOneLine &&
    bytes[start] === 0x64 &&
    bytes[start + 1] === 0x61 &&
    bytes[start + 2] === 0x74 &&
    bytes[start + 3] === 0x61 &&
    bytes[start + 4] === colonCode
  if (!isData) return -1
  return bytes[start + 5] === 0x20 ? start + 6 : start + 5
}

/**
 * Reads an event line by line. Several `data:` lines become one: JSON has no raw line ends inside its
 * strings, so a space serves as well. The odd field `error:` of some servers is data that is an error.
 */
export function readLines({ bytes, start, end }: EventRange): EventLines {
  const data: string[] = []
  let others = ''
  let isError = false
  for (const line of bytes.toString('latin1', start, end).split(/\r\n|\r|\n/)) {
    const [, field = '', value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? []
    if (field === 'data') data.push(value)
    else if (field === 'error') {
      data.push(value)
      isError = true
    } else if (line !== '') {
      others += `${line}\n`
      isError ||= field === 'event' && value.trim() === 'error'
    }
  }
  return {
    data: data.length === 0 ? null : Buffer.from(data.join(' '), 'latin1'),
    others,
    isError,
  }
}
