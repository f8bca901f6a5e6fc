/** One message as text. */
export interface ShownMessage {
  readonly role: string
  readonly text: string
}

/** The messages of a request as text, whatever was sent: what is no text is shown as JSON. */
export function messagesIn(messages: unknown): readonly ShownMessage[] {
  if (!Array.isArray(messages)) return []
  return messages.map((message: unknown) => {
    if (typeof message !== 'object' || message === null) {
      return { role: 'message', text: JSON.stringify(message) }
    }
    const { role, content, ...rest } = message as Record<string, unknown>
    const others = Object.keys(rest).length > 0 ? [JSON.stringify(rest, null, 2)] : []
    return {
      role: typeof role === 'string' ? role.slice(0, 40) : 'message',
      text: [...textsIn(content), ...others].join('\n\n'),
    }
  })
}

function textsIn(content: unknown): readonly string[] {
  if (content === null || content === undefined) return []
  if (typeof content === 'string') return [content]
  if (!Array.isArray(content)) return [JSON.stringify(content, null, 2)]
  return content.map((part: unknown) => {
    const isText = typeof part === 'object' && part !== null && Reflect.get(part, 'type') === 'text'
    const text: unknown = isText ? Reflect.get(part as object, 'text') : undefined
    return typeof text === 'string' ? text : JSON.stringify(part, null, 2)
  })
}
