import { gatewayMembers } from '#contract/chat.ts'
import { callIdFor } from '#gateway/canonical/call-ids.ts'
import type { ClientMessage } from '#gateway/canonical/client-protocol.ts'
import { isObject, listOf, numberOf, textOf } from '#gateway/canonical/json.ts'
import type { EncodedRequest, EncodingTarget } from '#gateway/canonical/provider-protocol.ts'
import type { JsonObject, Warning } from '#gateway/canonical/request.ts'
import { openReasoning } from '#gateway/canonical/sealed-reasoning.ts'
import { claudeTraits } from '#gateway/providers/claude/claude-models.ts'
import { systemTextForUser } from '#gateway/providers/turns.ts'

import { anthropicCallIds } from './encode-messages.ts'
import { headersFor } from './encode.ts'

/** Members that are for this gateway alone, or unknown to Anthropic. */
const removed: readonly string[] = [...gatewayMembers, 'fallbacks', 'user']
const betaNameMax = 100
const betasMax = 50

/**
 * The body of an Anthropic client, for Anthropic: every member that need not change is the same value. What
 * changes: the model's name, a limit of output that the balance demands, members that are ours, thoughts of
 * other makers, ids that Anthropic refuses, and words of the system where the model refuses them.
 */
export function encodeAnthropicNative(
  body: JsonObject,
  target: EncodingTarget,
  clientHeaders: ClientMessage['headers'] = {},
): EncodedRequest {
  const warnings: Warning[] = []
  const messages = nativeMessages(body['messages'], target, warnings)
  const rest = Object.fromEntries(Object.entries(body).filter(([name]) => !removed.includes(name)))
  const written = { ...rest, model: target.upstreamModel, messages, ...limited(body, target) }
  return {
    url: `${target.baseUrl}/messages`,
    headers: headersFor(betasOf(clientHeaders)),
    body: written,
    warnings,
  }
}

/** The betas that the client asks for, as far as they are well formed. */
function betasOf(headers: ClientMessage['headers']): ReadonlySet<string> {
  const sent = headers['anthropic-beta'] ?? headers['x-anthropic-beta'] ?? []
  const names = (typeof sent === 'string' ? [sent] : sent)
    .flatMap((text) => text.split(','))
    .map((name) => name.trim())
    .filter((name) => name.length <= betaNameMax && /^[\w.-]+$/.test(name))
  return new Set(names.slice(0, betasMax))
}

/** A limit that the balance demands; a budget of thinking must stay below it. */
function limited(body: JsonObject, { maxTokens, maxOutputTokens }: EncodingTarget): JsonObject {
  const wished = numberOf(body['max_tokens'])
  const limit = maxTokens ?? (wished === null ? maxOutputTokens : null)
  if (limit === null || limit === wished) return {}
  const thinking = body['thinking']
  const budget = isObject(thinking) ? numberOf(thinking['budget_tokens']) : null
  if (!isObject(thinking) || budget === null || budget < limit) return { max_tokens: limit }
  const fits = limit > 1_024
  return {
    max_tokens: limit,
    thinking: fits ? { ...thinking, budget_tokens: limit - 1 } : { type: 'disabled' },
  }
}

function nativeMessages(messages: unknown, target: EncodingTarget, warnings: Warning[]): unknown {
  if (!Array.isArray(messages)) return messages
  const { takesSystemInside } = claudeTraits(target.upstreamModel)
  let isChanged = false
  const written = messages.flatMap((message: unknown, at) => {
    const after = nativeMessage(message, takesSystemInside)
    if (after === message) return [message]
    isChanged = true
    if (isObject(message) && message['role'] === 'system') {
      const detail =
        'This model takes no words of the system here; they were sent as a marked text.'
      warnings.push({ param: `messages[${at}]`, detail })
    }
    return after === undefined ? [] : [after]
  })
  return isChanged ? written : messages
}

function nativeMessage(message: unknown, takesSystemInside: boolean): unknown {
  if (!isObject(message)) return message
  const { role, content } = message
  if (role === 'system') return takesSystemInside ? message : systemAsUser(message)
  if (!Array.isArray(content)) return message
  let isChanged = false
  const written = content.flatMap((block: unknown) => {
    const after = nativeBlock(block)
    if (after === block) return [block]
    isChanged = true
    return after === undefined ? [] : [after]
  })
  if (!isChanged) return message
  return written.length === 0 ? undefined : { ...message, content: written }
}

/** Thoughts of other makers are left out, ids of calls are made acceptable; all else is the same value. */
function nativeBlock(block: unknown): unknown {
  if (!isObject(block)) return block
  switch (block['type']) {
    case 'thinking':
      return isSealed(block['signature']) ? undefined : block
    case 'redacted_thinking':
      return isSealed(block['data']) ? undefined : block
    case 'tool_use':
      return withId(block, 'id')
    case 'tool_result':
      return withId(block, 'tool_use_id')
    default:
      return block
  }
}

function isSealed(value: unknown): boolean {
  const text = textOf(value)
  return text !== null && openReasoning(text) !== undefined
}

function withId(block: JsonObject, name: string): JsonObject {
  const id = textOf(block[name])
  if (id === null) return block
  const written = callIdFor(id, anthropicCallIds)
  return written === id ? block : { ...block, [name]: written }
}

function systemAsUser({ content }: JsonObject): JsonObject {
  if (typeof content === 'string') return { role: 'user', content: systemTextForUser(content) }
  const blocks = listOf(content).map((block) => {
    const text = isObject(block) ? textOf(block['text']) : null
    return isObject(block) && text !== null ? { ...block, text: systemTextForUser(text) } : block
  })
  return { role: 'user', content: blocks }
}
