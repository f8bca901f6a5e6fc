import type { ChatRequest } from './chat.ts'

/** The largest list that is plain: a longer one has rules of its own. */
interface PlainLimits {
  readonly listLengthMax: number
  readonly choiceCountMax: number
}

/**
 * True for a body that is plainly a chat request: messages of text, and nothing that has a form of its
 * own but simple numbers and switches. Whatever this says yes to, the schema says yes to and gives back
 * unchanged, at forty times the cost; about all else this says nothing, and the schema decides.
 */
export function isPlainChat(body: unknown, limits: PlainLimits): body is ChatRequest {
  if (!isObject(body)) return false
  for (const name in body) {
    if (!isPlainMember(name, body[name], limits)) return false
  }
  return typeof body['model'] === 'string' && isPlainMessages(body['messages'], limits)
}

type JsonObject = Readonly<Record<string, unknown>>

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isPlainMember(name: string, value: unknown, limits: PlainLimits): boolean {
  switch (name) {
    case 'model':
      return typeof value === 'string' && value !== ''
    case 'messages':
      return Array.isArray(value)
    case 'stream':
      return value === null || typeof value === 'boolean'
    case 'max_tokens':
    case 'max_completion_tokens':
      return value === null || isCount(value, Number.MAX_SAFE_INTEGER)
    case 'n':
      return value === null || isCount(value, limits.choiceCountMax)
    case 'stream_options':
      return value === null || isPlainStreamOptions(value)
    case 'models':
    case 'tools':
    case 'provider':
    case 'plugins':
      return value === null
    // The schema leaves this name out of what it gives back.
    case '__proto__':
      return false
    default:
      return !Array.isArray(value) || value.length <= limits.listLengthMax
  }
}

function isPlainStreamOptions(value: unknown): boolean {
  if (!isObject(value) || Object.hasOwn(value, '__proto__')) return false
  const { include_usage } = value
  return include_usage === undefined || include_usage === null || typeof include_usage === 'boolean'
}

function isCount(value: unknown, most: number): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 1 && Number(value) <= most
}

function isPlainMessages(messages: unknown, { listLengthMax }: PlainLimits): boolean {
  if (!Array.isArray(messages) || messages.length === 0 || messages.length > listLengthMax) {
    return false
  }
  for (const message of messages as readonly unknown[]) {
    if (!isObject(message) || Object.hasOwn(message, '__proto__')) return false
    const { role, content } = message
    if (typeof role !== 'string' || role === '') return false
    if (content !== null && typeof content !== 'string') return false
  }
  return true
}
