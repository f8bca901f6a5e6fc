/** One event of a stream that the server sends. */
export interface ServerEvent {
  /** Its name; `message` where it has none. */
  readonly kind: string
  /** What the stream goes on after when it broke; empty where the event has none. */
  readonly id: string
  readonly data: string
}

/** Server-sent events, one by one, as a stream of bytes brings them. Comments are left out. */
export async function* serverEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  const decoder = new TextDecoder()
  const reader = body.getReader()
  let rest = ''
  try {
    for (;;) {
      const { done, value } = await reader.read()
      rest += decoder.decode(value, { stream: !done })
      const texts = rest.split(/\r\n\r\n|\n\n|\r\r/)
      rest = done ? '' : (texts.pop() ?? '')
      for (const text of texts) {
        const event = readEvent(text)
        if (event) yield event
      }
      if (done) return
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

function readEvent(text: string): ServerEvent | undefined {
  const lines = text.split(/\r\n|\n|\r/)
  const valuesOf = (field: string) =>
    lines.flatMap((line) =>
      line.startsWith(`${field}:`) ? [line.slice(field.length + 1).replace(/^ /, '')] : [],
    )
  const data = valuesOf('data')
  if (data.length === 0) return undefined
  const kind = valuesOf('event').at(-1) ?? 'message'
  return { kind, id: valuesOf('id').at(-1) ?? '', data: data.join('\n') }
}
