/** One event of a stream, as a client reads it. */
export interface ClientEvent {
  readonly comment: string | null
  readonly data: string | null
}

/** The events of a whole stream, read the way the standard says. */
export function readEvents(text: string): ClientEvent[] {
  return text
    .split(/\r\n\r\n|\n\n|\r\r/)
    .filter((block) => block !== '')
    .map((block) => {
      const lines = block.split(/\r\n|\n|\r/)
      const data = lines.filter((line) => line.startsWith('data:')).map((line) => line.slice(5))
      const comments = lines.filter((line) => line.startsWith(':'))
      return {
        comment: comments.length === 0 ? null : comments.join('\n'),
        data: data.length === 0 ? null : data.map((line) => line.replace(/^ /, '')).join('\n'),
      }
    })
}

// A test reads what it expects to be there; a wrong guess fails its assertion.
type Json = ReturnType<typeof JSON.parse>

/** The chunks of a stream, without `[DONE]`. */
export function readChunks(text: string): Json[] {
  return readEvents(text)
    .flatMap(({ data }) => (data === null || data === '[DONE]' ? [] : [data]))
    .map((data): Json => JSON.parse(data))
}

/** The text that a stream says. */
export function spokenText(text: string): string {
  return readChunks(text)
    .map((chunk) => chunk.choices?.[0]?.delta?.content ?? '')
    .join('')
}
