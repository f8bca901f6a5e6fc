import { invalid, isObject, listOf, textOf } from '#gateway/canonical/json.ts'
import { namespacedName } from '#gateway/canonical/namespaced-name.ts'
import type {
  JsonObject,
  Message,
  Part,
  ReasoningPart,
  Role,
  ToolCallPart,
  ToolResultPart,
  Warning,
} from '#gateway/canonical/request.ts'
import { isFromOpenai, openReasoning } from '#gateway/canonical/sealed-reasoning.ts'

import { readContent, readToolOutput, textPart } from './read-content.ts'

/** The conversation of a request, and what of it cannot be told to another provider. */
export interface ReadInput {
  readonly messages: readonly Message[]
  readonly leftovers: readonly Warning[]
}

/** Reads `instructions` and `input`. Every output of a tool must belong to a call before it, and back. */
export function readInput(body: JsonObject): ReadInput {
  const reading = new InputReading()
  reading.instruct(body['instructions'])
  const { input } = body
  if (typeof input === 'string') reading.say('user', [textPart(input)])
  else if (Array.isArray(input)) {
    for (const [index, item] of input.entries()) reading.take(item, `input[${index}]`)
  } else if (input !== undefined && input !== null) {
    throw invalid('input', 'expected text or a list of items.')
  }
  return reading.end()
}

/** Calls that the client runs, though they are no functions: the name that they have elsewhere. */
const clientCalls: Readonly<Record<string, string>> = {
  local_shell_call: 'local_shell',
  shell_call: 'shell',
  apply_patch_call: 'apply_patch',
  computer_call: 'computer',
}

/** What a provider did for itself: nothing that another one would have to know, or could. */
const providerItems = new Set([
  'web_search_call',
  'file_search_call',
  'code_interpreter_call',
  'mcp_list_tools',
  'mcp_call',
  'mcp_approval_request',
  'mcp_approval_response',
  'tool_search_call',
  'tool_search_output',
  'compaction',
  'compaction_summary',
  'compaction_trigger',
  'program',
  'program_output',
])

class InputReading {
  readonly #messages: Message[] = []
  readonly #leftovers: Warning[] = []
  /** Where each call stands, until it is answered. */
  readonly #openCalls = new Map<string, string>()
  readonly #calls = new Map<string, { readonly isCustom: boolean }>()
  /** Items of one speaker that follow each other are one message. */
  #said: { readonly role: Role; readonly parts: Part[] } | null = null

  instruct(instructions: unknown): void {
    if (instructions === undefined || instructions === null) return
    if (typeof instructions === 'string') {
      if (instructions !== '') this.say('system', [textPart(instructions)])
      return
    }
    if (!Array.isArray(instructions)) {
      throw invalid('instructions', 'expected text or a list of items.')
    }
    for (const [index, item] of instructions.entries()) this.take(item, `instructions[${index}]`)
  }

  say(role: Role, parts: readonly Part[]): void {
    if (role === 'assistant' || role === 'tool') {
      if (this.#said?.role === role) this.#said.parts.push(...parts)
      else {
        this.#close()
        this.#said = { role, parts: [...parts] }
      }
      return
    }
    this.#close()
    if (parts.length > 0) this.#messages.push({ role, parts, name: null })
  }

  take(item: unknown, param: string): void {
    if (!isObject(item)) throw invalid(param, 'expected an object.')
    const type = textOf(item['type'])
    if (type === null || type === 'message') return this.#takeMessage(item, param)
    switch (type) {
      case 'function_call':
      case 'custom_tool_call':
        return this.#takeCall(item, param, type === 'custom_tool_call')
      case 'function_call_output':
      case 'custom_tool_call_output':
        return this.#takeOutput(item, param)
      case 'reasoning':
        return this.say('assistant', readReasoning(item, param))
      case 'item_reference':
        throw invalid(
          `${param}.id`,
          `the item ${JSON.stringify(textOf(item['id']))} is not stored here: send it whole.`,
        )
      case 'image_generation_call':
        return this.#takeImage(item)
      case 'additional_tools':
        return undefined
      default:
        return this.#takeOther(item, type, param)
    }
  }

  end(): ReadInput {
    this.#close()
    const [open] = this.#openCalls
    if (open)
      throw invalid(open[1], `no tool output found for the call ${JSON.stringify(open[0])}.`)
    if (this.#messages.length === 0) throw invalid('input', 'is missing: say something.')
    return { messages: this.#messages, leftovers: this.#leftovers }
  }

  #close(): void {
    if (this.#said) this.#messages.push({ ...this.#said, name: null })
    this.#said = null
  }

  #takeMessage(item: JsonObject, param: string): void {
    const { role } = item
    if (role !== 'user' && role !== 'assistant' && role !== 'system' && role !== 'developer') {
      throw invalid(
        `${param}.role`,
        `expected "user", "assistant", "system" or "developer", not ${JSON.stringify(role ?? null)}.`,
      )
    }
    if (item['content'] === undefined) throw invalid(`${param}.content`, 'is missing.')
    this.say(role, readContent(item['content'], `${param}.content`))
  }

  #takeCall(item: JsonObject, param: string, isCustom: boolean): void {
    const name = textOf(item['name'])
    if (!name) throw invalid(`${param}.name`, 'is missing.')
    const namespace = textOf(item['namespace'])
    this.#call(item, param, {
      name: namespace ? namespacedName(namespace, name) : name,
      text: textOf(isCustom ? item['input'] : item['arguments']),
      isCustom,
    })
  }

  #call(
    item: JsonObject,
    param: string,
    called: { readonly name: string; readonly text: string | null; readonly isCustom: boolean },
  ): void {
    const id = textOf(item['call_id']) || textOf(item['id'])
    if (!id) throw invalid(`${param}.call_id`, 'is missing.')
    if (this.#calls.has(id)) {
      throw invalid(`${param}.call_id`, `${JSON.stringify(id)} stands for another call already.`)
    }
    const { name, text, isCustom } = called
    this.#calls.set(id, { isCustom })
    this.#openCalls.set(id, param)
    const written = isCustom ? (text ?? '') : text || '{}'
    const part: ToolCallPart = {
      kind: 'tool_call',
      id,
      name,
      arguments: written,
      isCustom,
      cache: null,
    }
    this.say('assistant', [part])
  }

  #takeOutput(item: JsonObject, param: string): void {
    const callId = textOf(item['call_id']) || textOf(item['id'])
    if (!callId) throw invalid(`${param}.call_id`, 'is missing.')
    const call = this.#calls.get(callId)
    if (!call) {
      throw invalid(
        `${param}.call_id`,
        `no tool call found for the output of ${JSON.stringify(callId)}.`,
      )
    }
    this.#openCalls.delete(callId)
    const result: ToolResultPart = {
      kind: 'tool_result',
      callId,
      content: readToolOutput(item['output'], `${param}.output`),
      isError: false,
      isCustom: call.isCustom,
      cache: null,
    }
    this.say('tool', [result])
  }

  #takeImage(item: JsonObject): void {
    const base64 = textOf(item['result'])
    if (!base64) return
    const mediaType = `image/${textOf(item['output_format']) ?? 'png'}`
    const source = { kind: 'data' as const, mediaType, base64 }
    this.say('assistant', [{ kind: 'image', source, detail: null, cache: null }])
  }

  #takeOther(item: JsonObject, type: string, param: string): void {
    const name = clientCalls[type]
    if (name !== undefined) {
      const action = item['action'] ?? item['operation'] ?? item['actions'] ?? {}
      this.#call(item, param, { name, text: JSON.stringify(action), isCustom: false })
    } else if (clientCalls[type.replace(/_output$/, '')] !== undefined) {
      this.#takeOutput(item, param)
    } else if (providerItems.has(type)) {
      const detail = `Only the provider that made an item of the type "${type}" can read it; others were not shown it.`
      this.#leftovers.push({ param, detail })
    } else {
      throw invalid(`${param}.type`, `${JSON.stringify(type)} is no type of item known here.`)
    }
  }
}

/** Reasoning of any maker: what was sealed here is opened, the rest is its provider's own. */
function readReasoning(item: JsonObject, param: string): readonly ReasoningPart[] {
  const { summary, content } = item
  if (summary !== undefined && summary !== null && !Array.isArray(summary)) {
    throw invalid(`${param}.summary`, 'expected a list.')
  }
  const summaryText = textsOf(summary)
  const text = summaryText || textsOf(content)
  const id = textOf(item['id'])
  const encrypted = textOf(item['encrypted_content']) || null
  const sealed = encrypted === null ? undefined : openReasoning(encrypted)
  if (sealed) return [{ kind: 'reasoning', ...sealed, text }]
  if (text === '' && encrypted === null) return []
  const part = { kind: 'reasoning' as const, text, signature: null, data: encrypted, id }
  if (encrypted === null) return [{ ...part, form: 'text', format: 'unknown', callId: null }]
  const format = isFromOpenai(encrypted) ? 'openai-responses-v1' : 'xai-responses-v1'
  return [{ ...part, form: text === '' ? 'encrypted' : 'summary', format, callId: null }]
}

function textsOf(parts: unknown): string {
  return listOf(parts)
    .map((part) => (isObject(part) ? (textOf(part['text']) ?? '') : ''))
    .filter((text) => text !== '')
    .join('\n\n')
}
