import { isObject, parseJson } from '#gateway/canonical/json.ts'
import type {
  JsonObject,
  Message,
  ReasoningPart,
  ToolCallPart,
} from '#gateway/canonical/request.ts'

import { mediaPartOf } from './media-part.ts'
import { customToolInput } from './tools.ts'

/**
 * The parts of an assistant's message. Signatures of Gemini go back byte for byte, on the part that they
 * came with: on the call they name, else on the first call without one, else on the text beside them.
 * Thoughts of other makers are not shown; thoughts without a signature need not go back.
 */
export function modelParts(message: Message): JsonObject[] {
  const signatures = signaturesOf(message)
  const parts: Record<string, unknown>[] = []
  let loose: string | null = null
  for (const part of message.parts) {
    switch (part.kind) {
      case 'text':
      case 'refusal':
        if (part.text === '' && loose === null) break
        parts.push(signed({ text: part.text }, loose))
        loose = null
        break
      case 'image':
      case 'audio':
      case 'video':
      case 'file': {
        const reading = mediaPartOf(part.source)
        if (reading.kind === 'impossible') break
        parts.push(signed(reading.part, loose))
        loose = null
        break
      }
      case 'tool_call':
        parts.push(signed(callPart(part), signatures.get(part.id) ?? null))
        break
      case 'reasoning': {
        if (!isOwn(part) || part.callId !== null) break
        const signature = part.signature ?? part.data
        if (signature === null || signatures.has(part)) break
        const last = parts.at(-1)
        if (part.text !== '')
          parts.push({ text: part.text, thought: true, thoughtSignature: signature })
        else if (last !== undefined && mayBeSigned(last)) last['thoughtSignature'] = signature
        else loose = signature
        break
      }
      case 'tool_result':
        break
      default:
        part satisfies never
    }
  }
  if (loose !== null) parts.push({ text: '', thoughtSignature: loose })
  return parts
}

/** By call, the signature that goes on it; by piece, the bare ones that were given to a call. */
function signaturesOf({ parts }: Message): Map<string | ReasoningPart, string> {
  const signatures = new Map<string | ReasoningPart, string>()
  for (const part of parts) {
    if (part.kind !== 'reasoning' || !isOwn(part) || part.callId === null) continue
    const signature = part.signature ?? part.data
    if (signature !== null) signatures.set(part.callId, signature)
  }
  const firstCall = parts.find((part) => part.kind === 'tool_call')
  if (firstCall === undefined || signatures.has(firstCall.id)) return signatures
  const bare = parts.find(
    (part): part is ReasoningPart =>
      part.kind === 'reasoning' && isOwn(part) && part.callId === null && part.text === '',
  )
  const signature = bare?.signature ?? bare?.data ?? null
  if (bare === undefined || signature === null) return signatures
  return signatures.set(firstCall.id, signature).set(bare, signature)
}

function isOwn(part: ReasoningPart): boolean {
  return part.format === 'google-gemini-v1'
}

function mayBeSigned(part: JsonObject): boolean {
  const isOutput = part['text'] !== undefined || part['inlineData'] !== undefined
  return isOutput && part['thought'] !== true && part['thoughtSignature'] === undefined
}

function signed(part: JsonObject, signature: string | null): Record<string, unknown> {
  return signature === null ? { ...part } : { ...part, thoughtSignature: signature }
}

function callPart({ id, name, arguments: text, isCustom }: ToolCallPart): JsonObject {
  if (isCustom) return { functionCall: { id, name, args: { [customToolInput]: text } } }
  const args = parseJson(text)
  return { functionCall: { id, name, args: isObject(args) ? args : {} } }
}
