import { zeroUsage, type TokenUsage } from '#domain/usage.ts'

import type { House } from './house.ts'
import type { ParsedBody } from './parse-body.ts'

/** What is delivered without usage is counted from this. */
export interface CountedOutput {
  readonly text: string
  /** The output is this many times as long as the text. */
  readonly scale: number
}

/** What was asked, to be counted. */
export interface CountedPrompt {
  readonly text: string
  /** Tokens beside those of the text. */
  readonly overheadTokens: number
}

const bytesPerTokenRough = 4
const messageTokens = 4

/** A quick guess from sizes alone: for running notes, and when counting itself fails. */
export function roughUsage(promptBytes: number, outputBytes: number): TokenUsage {
  return {
    ...zeroUsage,
    promptTokens: Math.ceil(promptBytes / bytesPerTokenRough),
    completionTokens: Math.ceil(outputBytes / bytesPerTokenRough),
  }
}

/** What a chat request asks. */
export function countedPrompt(body: ParsedBody): CountedPrompt {
  return {
    text: promptText(body),
    overheadTokens: body.request.messages.length * messageTokens,
  }
}

/**
 * Counts a request and its output here, because the upstream did not. Only what was sent and delivered
 * is counted; when the counter is broken the sizes must do.
 */
export async function countUsage(
  house: Pick<House, 'tokenizer' | 'log'>,
  { text: prompt, overheadTokens: overhead }: CountedPrompt,
  output: CountedOutput,
): Promise<TokenUsage> {
  const rough = roughUsage(Buffer.byteLength(prompt), Buffer.byteLength(output.text) * output.scale)
  try {
    const [promptTokens = 0, outputTokens = 0] = await house.tokenizer.count([prompt, output.text])
    return {
      ...zeroUsage,
      promptTokens: promptTokens + overhead,
      completionTokens: Math.ceil(outputTokens * output.scale),
    }
  } catch (error) {
    house.log.warn('tokenizer_failed', { error: String(error) })
    return { ...rough, promptTokens: rough.promptTokens + overhead }
  }
}

/** Everything in a request that a model reads as text; encoded media is no text. */
export function promptText({ request }: ParsedBody): string {
  const texts: string[] = []
  for (const message of request.messages) {
    texts.push(message.role)
    addContent(texts, message.content)
    if (message['tool_calls'] !== undefined) texts.push(JSON.stringify(message['tool_calls']))
  }
  if (request.tools && request.tools.length > 0) texts.push(JSON.stringify(request.tools))
  if (request['functions'] !== undefined) texts.push(JSON.stringify(request['functions']))
  if (request['response_format'] !== undefined)
    texts.push(JSON.stringify(request['response_format']))
  return texts.join('\n')
}

function addContent(texts: string[], content: unknown): void {
  if (typeof content === 'string') texts.push(content)
  if (!Array.isArray(content)) return
  for (const part of content as readonly unknown[]) {
    if (typeof part !== 'object' || part === null) continue
    const { text } = part as { text?: unknown }
    if (typeof text === 'string') texts.push(text)
  }
}
