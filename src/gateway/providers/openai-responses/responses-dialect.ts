import type { ReasoningFormat } from '#gateway/canonical/request.ts'
import { isFromOpenai } from '#gateway/canonical/sealed-reasoning.ts'

/** In what the servers of this protocol differ. */
export interface ResponsesDialect {
  /** Whose encrypted reasoning it makes and takes. */
  readonly reasoningFormat: ReasoningFormat
  /** Whether it may have made this encrypted reasoning, by how it begins. */
  readonly mayHaveMade: (encrypted: string) => boolean
  /** It gives its reasoning encrypted when asked, for stateless conversations. */
  readonly encryptsReasoning: boolean
  /** It wants the plain text of its reasoning back while a turn goes on. */
  readonly takesReasoningText: boolean
  /** It knows the member `safety_identifier`; others know `user`. */
  readonly hasSafetyIdentifier: boolean
  /** The fewest tokens of output that may be asked for. */
  readonly outputTokensMin: number
}

const openai: ResponsesDialect = {
  reasoningFormat: 'openai-responses-v1',
  mayHaveMade: isFromOpenai,
  encryptsReasoning: true,
  takesReasoningText: false,
  hasSafetyIdentifier: true,
  outputTokensMin: 16,
}

const xai: ResponsesDialect = {
  ...openai,
  reasoningFormat: 'xai-responses-v1',
  mayHaveMade: (encrypted) => encrypted !== '' && !isFromOpenai(encrypted),
  hasSafetyIdentifier: false,
  outputTokensMin: 1,
}

const plainText: ResponsesDialect = {
  ...openai,
  reasoningFormat: 'unknown',
  mayHaveMade: () => true,
  encryptsReasoning: false,
  takesReasoningText: true,
  hasSafetyIdentifier: false,
  outputTokensMin: 1,
}

/** A server that nothing is known of (Bedrock serves OpenAI's models, too): as OpenAI, with its own cipher. */
const other: ResponsesDialect = {
  ...openai,
  mayHaveMade: (encrypted) => encrypted !== '',
  hasSafetyIdentifier: false,
}

const dialects: Readonly<Record<string, ResponsesDialect>> = {
  openai,
  azure: { ...openai, reasoningFormat: 'azure-openai-responses-v1' },
  xai,
  'x-ai': xai,
  deepseek: plainText,
  lmstudio: plainText,
}

/** The dialect of a provider, by its slug and where it is. */
export function responsesDialect(provider: string, baseUrl: string): ResponsesDialect {
  const known = dialects[provider]
  if (known) return known
  const host = /^https?:\/\/([^/:?#]+)/i.exec(baseUrl)?.[1]?.toLowerCase() ?? ''
  if (provider.startsWith('azure') || host.endsWith('.azure.com'))
    return dialects['azure'] ?? openai
  if (host === 'api.x.ai') return xai
  if (host === 'api.deepseek.com') return plainText
  return host === 'api.openai.com' ? openai : other
}
