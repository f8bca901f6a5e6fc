/** The data of server-sent events, one by one, as a stream of bytes brings them. Comments are left out. */
export async function* eventData(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  const reader = body.getReader()
  let rest = ''
  try {
    for (;;) {
      const { done, value } = await reader.read()
      rest += decoder.decode(value, { stream: !done })
      const events = rest.split(/\r\n\r\n|\n\n|\r\r/)
      rest = done ? '' : (events.pop() ?? '')
      for (const event of events) {
        const data = event
          .split(/\r\n|\n|\r/)
          .flatMap((line) => (line.startsWith('data:') ? [line.slice(5).replace(/^ /, '')] : []))
        if (data.length > 0) yield data.join('\n')
      }
      if (done) return
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}
