import type { ReasoningPart } from '#gateway/canonical/request.ts'
import { openReasoning, sealReasoning } from '#gateway/canonical/sealed-reasoning.ts'

/** What can be carried by a thought signature, beside readable text. */
export type SignedReasoning = Omit<ReasoningPart, 'kind' | 'text'>

/**
 * The signature that stands for a piece of reasoning: Gemini's own as it is, that of another maker sealed,
 * in base64 as clients expect. Undefined when there is nothing to carry.
 */
export function signatureFor(piece: SignedReasoning): string | undefined {
  const { signature, data, id, format } = piece
  if (format === 'google-gemini-v1') return signature ?? data ?? undefined
  if (signature === null && data === null && id === null) return undefined
  return Buffer.from(sealReasoning(piece), 'utf8').toString('base64')
}

/** `cl1_`, the beginning of what is sealed, in base64. */
const sealedHead = 'Y2wxX'

/** What a signature holds that was sealed here; undefined for Gemini's own. */
export function openSignature(signature: string): SignedReasoning | undefined {
  if (!signature.startsWith(sealedHead)) return undefined
  // Clients that hold signatures as bytes may write them in the other alphabet of base64.
  return openReasoning(Buffer.from(signature, 'base64').toString('utf8'))
}
