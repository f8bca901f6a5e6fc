import { gatewayMembers } from '#contract/chat.ts'
import { isObject, listOf, textOf } from '#gateway/canonical/json.ts'
import type { EncodedRequest, EncodingTarget } from '#gateway/canonical/provider-protocol.ts'
import type { JsonObject, Warning } from '#gateway/canonical/request.ts'
import { openReasoning } from '#gateway/canonical/sealed-reasoning.ts'

import { neverReasons } from './encode-reasoning.ts'
import { billedByCallDetail, isBilledByCall } from './encode-tools.ts'
import { responsesDialect, type ResponsesDialect } from './responses-dialect.ts'
import { serverUrl } from './server-url.ts'

const encryptedReasoning = 'reasoning.encrypted_content'

/**
 * The body of a client that speaks Responses itself. It must not refer to anything stored any more.
 * Changed are: the model; `store`, which is false, since the conversation is not the provider's to keep;
 * what is encrypted, which is asked for and goes to its maker alone; the limit of output; tools that are
 * billed by the call; and members for this gateway, which are taken out.
 */
export function encodeNative(body: JsonObject, target: EncodingTarget): EncodedRequest {
  const dialect = responsesDialect(target.provider, target.baseUrl)
  const warnings: Warning[] = []
  const edited: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(body)) {
    if (!removed.has(name)) edited[name] = value
  }
  edited['model'] = target.upstreamModel
  edited['store'] = false
  if (Array.isArray(body['input'])) edited['input'] = nativeInput(body['input'], dialect)
  if (Array.isArray(body['tools'])) edited['tools'] = nativeTools(body['tools'], warnings)
  dropChoiceOfMissingTool(edited, warnings)
  if (target.maxTokens !== null) edited['max_output_tokens'] = target.maxTokens
  if (dialect.encryptsReasoning && !neverReasons(target.upstreamModel)) {
    const include = listOf(body['include'])
    if (!include.includes(encryptedReasoning)) edited['include'] = [...include, encryptedReasoning]
  }
  return { url: serverUrl(target.baseUrl, '/responses'), headers: {}, body: edited, warnings }
}

const removed = new Set([
  ...gatewayMembers,
  'previous_response_id',
  'conversation',
  'background',
  'client_metadata',
])

/** Ids of items belong to who stored them; here nobody did. Sealed reasoning is opened for its maker. */
function nativeInput(input: readonly unknown[], dialect: ResponsesDialect): readonly unknown[] {
  const written = input.flatMap((item) => nativeItem(item, dialect))
  const isSame = written.length === input.length && written.every((item, at) => item === input[at])
  // The very same list tells that nothing has to be written anew.
  return isSame ? input : written
}

function nativeItem(item: unknown, dialect: ResponsesDialect): readonly unknown[] {
  if (!isObject(item)) return [item]
  const { id, ...rest } = item
  if (item['type'] !== 'reasoning') return [isOurs(id) ? rest : item]
  const encrypted = textOf(item['encrypted_content']) ?? ''
  const sealed = openReasoning(encrypted)
  if (!sealed) return dialect.mayHaveMade(encrypted) ? [item] : []
  const { format, data } = sealed
  if (format !== dialect.reasoningFormat || data === null || !dialect.mayHaveMade(data)) return []
  return [{ ...rest, encrypted_content: data }]
}

/** Ids that this gateway made for an item: kind, 30 letters of its answer's id, place. */
function isOurs(id: unknown): boolean {
  return typeof id === 'string' && /^[a-z]+_\d{10}[0-9A-Za-z]{20}_\d+$/.test(id)
}

function nativeTools(tools: readonly unknown[], warnings: Warning[]): readonly unknown[] {
  const kept = tools.filter((tool, index) => {
    const isBilled = isObject(tool) && isBilledByCall(textOf(tool['type']) ?? '')
    if (isBilled) warnings.push({ param: `tools[${index}]`, detail: billedByCallDetail })
    return !isBilled
  })
  return kept.length === tools.length ? tools : kept
}

function dropChoiceOfMissingTool(edited: Record<string, unknown>, warnings: Warning[]): void {
  const choice = edited['tool_choice']
  const named = isObject(choice) ? textOf(choice['type']) : null
  const hasNoTools = Array.isArray(edited['tools']) && edited['tools'].length === 0
  if (hasNoTools) {
    delete edited['tools']
    if (choice === 'required') warnings.push({ param: 'tool_choice', detail: billedByCallDetail })
    delete edited['tool_choice']
  } else if (named !== null && isBilledByCall(named)) {
    warnings.push({ param: 'tool_choice', detail: billedByCallDetail })
    delete edited['tool_choice']
  }
}
