import type { AnswerStream } from '#gateway/canonical/client-protocol.ts'

/** The members of a stream of events, whoever writes them. */
type Stream<Piece> = {
  readonly [Name in 'end' | 'fail']: AnswerStream[Name]
} & { readonly next: (piece: Piece) => string }

/**
 * The form of a stream without `alt=sse`: one JSON array of all chunks, sent as it grows. Takes the events
 * that the stream would send and gives the text to send instead; it is a whole array in the end, also when
 * the answer broke.
 */
export function asJsonArray<Piece>(stream: Stream<Piece>): Stream<Piece> {
  let isBegun = false
  const write = (events: string) => {
    let text = ''
    for (const event of events.split('\r\n\r\n')) {
      if (!event.startsWith('data: ')) continue
      text += `${isBegun ? ',\r\n' : '['}${event.slice('data: '.length)}`
      isBegun = true
    }
    return text
  }
  return {
    next: (piece) => write(stream.next(piece)),
    end: (closing) => `${write(stream.end(closing))}]`,
    fail: (fault) => `${write(stream.fail(fault))}]`,
  }
}

/** What keeps a silent array alive: white space, which JSON allows between its values. */
export const jsonArrayPing = '\r\n'
