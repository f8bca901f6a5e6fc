const lineFeed = 10

/** Counts the events of a server-sent-event stream as its bytes pass. */
export interface EventCounter {
  /** Takes the next bytes of the body; returns how many events ended in them. */
  readonly push: (buffer: Buffer, start: number, end: number) => number
}

/**
 * Makes a counter of blank lines: each ends one event. It knows events whose lines end in a line feed,
 * as every contender here sends them. A comment that stands alone counts as an event.
 */
export function makeEventCounter(): EventCounter {
  let previousWasLineFeed = false
  return {
    push(buffer, start, end) {
      let events = 0
      let at = start
      while (at < end) {
        if (previousWasLineFeed && buffer[at] === lineFeed) {
          events++
          previousWasLineFeed = false
          at++
          continue
        }
        const next = buffer.indexOf(lineFeed, at)
        previousWasLineFeed = next >= 0 && next < end
        if (!previousWasLineFeed) break
        at = next + 1
      }
      return events
    },
  }
}
