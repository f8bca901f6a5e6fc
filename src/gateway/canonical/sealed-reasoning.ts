import type { ReasoningFormat, ReasoningPart } from './request.ts'

/** What a sealed text holds: everything but what can be read. */
export type SealedReasoning = Omit<ReasoningPart, 'kind' | 'text'>

const seal = 'cl1_'

const formats: ReadonlySet<string> = new Set<ReasoningFormat>([
  'anthropic-claude-v1',
  'google-gemini-v1',
  'openai-responses-v1',
  'azure-openai-responses-v1',
  'xai-responses-v1',
  'unknown',
])

/**
 * One opaque text for reasoning of a foreign maker, to stand where a protocol has place for its own
 * signature or encrypted content only. `openReasoning` gives the same back, byte for byte. It is no secret
 * and proves nothing: the maker's own signature does.
 */
export function sealReasoning(part: SealedReasoning): string {
  const { form, signature, data, id, format, callId } = part
  const text = JSON.stringify([format, form, signature, data, id, callId])
  return seal + Buffer.from(text, 'utf8').toString('base64url')
}

/** What was sealed, or undefined when the text is none of ours. Never throws. */
export function openReasoning(text: string): SealedReasoning | undefined {
  if (!text.startsWith(seal)) return undefined
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(text.slice(seal.length), 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
  if (!Array.isArray(value) || value.length !== 6) return undefined
  const [format, form, signature, data, id, callId] = value as readonly unknown[]
  if (typeof format !== 'string' || !formats.has(format)) return undefined
  if (form !== 'text' && form !== 'summary' && form !== 'encrypted') return undefined
  return {
    format: format as ReasoningFormat,
    form,
    signature: textOrNull(signature),
    data: textOrNull(data),
    id: textOrNull(id),
    callId: textOrNull(callId),
  }
}

/** True of encrypted reasoning as OpenAI and Azure make it; xAI's begins in any way. */
export function isFromOpenai(encrypted: string): boolean {
  return encrypted.startsWith('gAAAA')
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
