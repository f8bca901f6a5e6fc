/** What an upstream said about its own failure, in whatever shape it said it. */
export interface UpstreamComplaint {
  readonly message: string
  /** The upstream's own code (`model_not_found`, `1305`), as text. */
  readonly code: string | null
  readonly type: string | null
  readonly param: string | null
}

type JsonObject = Readonly<Record<string, unknown>>

const messageLengthMax = 2_000

/**
 * Reads the error shapes of the OpenAI family: `{error: {message, type, param, code}}`, `{error: "text"}`,
 * `{detail}`, `{message}`, `{object: "error", message}`, lists of errors, and lists of these. Undefined
 * when nothing in the value says what is wrong. Never throws.
 */
export function readComplaint(value: unknown): UpstreamComplaint | undefined {
  if (Array.isArray(value)) return readComplaint(value[0])
  if (!isObject(value)) return undefined
  const error = value['error']
  const inner = isObject(error) ? error : value
  const message =
    textOf(inner['message']) ??
    textOf(error) ??
    textOf(value['message']) ??
    detailOf(value['detail']) ??
    detailOf(value['errors'])
  if (message === undefined) return undefined
  return {
    message: withRawMessage(message, inner).slice(0, messageLengthMax),
    code: codeOf(inner['code']) ?? codeOf(value['code']),
    type: textOf(inner['type']) ?? null,
    param: textOf(inner['param']) ?? null,
  }
}

/**
 * True when a stream event or a 200 answer is an error and not a chunk: `error` is set, or the object
 * says so itself.
 */
export function isErrorBody(value: unknown): boolean {
  if (!isObject(value)) return false
  const error = value['error']
  if (error !== undefined && error !== null && error !== false && error !== '') return true
  return value['object'] === 'error' || value['type'] === 'error'
}

/** The HTTP status that an error inside a 200 stands for, when it names one; undefined otherwise. */
export function statusInside(value: unknown): number | undefined {
  if (!isObject(value)) return undefined
  const error = value['error']
  const inner = isObject(error) ? error : value
  for (const candidate of [inner['code'], inner['status_code'], inner['status'], value['code']]) {
    const status = typeof candidate === 'string' ? Number(candidate) : candidate
    if (typeof status === 'number' && Number.isInteger(status) && status >= 400 && status <= 599) {
      return status
    }
  }
  return undefined
}

const contextPatterns: readonly RegExp[] = [
  /context[ _](?:length|window|size)/i,
  /prompt (?:is )?too long/i,
  /too_many_(?:prompt_)?tokens/i,
  /input token count .* exceeds/i,
  /total length of all messages is too long/i,
]

/** True when an upstream says, in one of the known ways, that the prompt does not fit the model. */
export function saysContextExceeded(complaint: UpstreamComplaint): boolean {
  const text = `${complaint.code ?? ''} ${complaint.type ?? ''} ${complaint.message}`
  return contextPatterns.some((pattern) => pattern.test(text))
}

/** A routing provider hides the real reason one level down. */
function withRawMessage(message: string, error: JsonObject): string {
  const metadata = error['metadata']
  if (!isObject(metadata)) return message
  const raw = textOf(metadata['raw'])
  return raw === undefined || raw === message ? message : `${message}: ${raw}`
}

function detailOf(value: unknown): string | undefined {
  if (Array.isArray(value)) {
    const texts = value.slice(0, 3).map((item) => detailOf(item) ?? '')
    return texts.filter((text) => text !== '').join('; ') || undefined
  }
  if (isObject(value)) return textOf(value['msg']) ?? textOf(value['message'])
  return textOf(value)
}

function codeOf(value: unknown): string | null {
  return typeof value === 'number' ? String(value) : (textOf(value) ?? null)
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
