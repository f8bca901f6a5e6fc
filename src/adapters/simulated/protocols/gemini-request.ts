import type { JsonObject } from '#adapters/simulated/json-values.ts'
import { isObject, listOrEmpty, objectOrEmpty } from '#adapters/simulated/json-values.ts'
import { isOurSignature } from '#adapters/simulated/reasoning.ts'
import { refuse, type Refusal } from '#adapters/simulated/refusal.ts'

/** Where a request of Gemini's protocol goes: a model, whole or as a stream. */
export interface GeminiAddress {
  readonly model: string
  readonly isStreamed: boolean
}

const address = /^simulated:gemini\/(?:models\/)?(.+):(generateContent|streamGenerateContent)$/

/** The address behind `simulated:gemini`, or undefined for any other. */
export function geminiAddressOf(path: string): GeminiAddress | undefined {
  const [, model, action] = address.exec(path) ?? []
  if (model === undefined) return undefined
  return { model: decodeURIComponent(model), isStreamed: action === 'streamGenerateContent' }
}

/** The same request in the chat protocol, which the simulation understands. */
export function chatBodyOf(body: JsonObject, { model, isStreamed }: GeminiAddress): JsonObject {
  const config = objectOrEmpty(body['generationConfig'])
  const declarations = listOrEmpty(body['tools']).flatMap((tool) =>
    listOrEmpty(objectOrEmpty(tool)['functionDeclarations']),
  )
  return {
    model,
    stream: isStreamed,
    stream_options: { include_usage: true },
    messages: [
      ...systemOf(body['systemInstruction']),
      ...listOrEmpty(body['contents']).filter(isObject).flatMap(messagesOf),
    ],
    ...(declarations.length === 0 ? {} : { tools: declarations.map(toolOf) }),
    ...toolChoiceOf(body['toolConfig']),
    ...given('max_tokens', config['maxOutputTokens']),
    ...given('n', config['candidateCount']),
    ...given('stop', config['stopSequences']),
    ...given('sim', body['sim']),
    ...formatOf(config),
    reasoning: reasoningOf(objectOrEmpty(config['thinkingConfig'])),
  }
}

/** Google documents this one for calls that another model made. */
const anySignature = 'skip_thought_signature_validator'

/** What Gemini refuses that the chat protocol allows: signatures that it did not make. */
export function geminiComplaint(body: JsonObject): Refusal | undefined {
  for (const content of listOrEmpty(body['contents'])) {
    for (const part of listOrEmpty(objectOrEmpty(content)['parts'])) {
      const { thoughtSignature: signature } = objectOrEmpty(part)
      if (typeof signature !== 'string' || signature === anySignature) continue
      if (!isOurSignature(signature)) return refuse('Thought signature is not valid.')
    }
  }
  return undefined
}

function reasoningOf({ thinkingBudget, includeThoughts }: JsonObject): JsonObject {
  return { enabled: thinkingBudget !== 0, exclude: includeThoughts !== true }
}

function given(name: string, value: unknown): JsonObject {
  return value === undefined ? {} : { [name]: value }
}

function systemOf(instruction: unknown): JsonObject[] {
  const text = textOf(listOrEmpty(objectOrEmpty(instruction)['parts']))
  return text === '' ? [] : [{ role: 'system', content: text }]
}

function messagesOf(content: JsonObject): JsonObject[] {
  const parts = listOrEmpty(content['parts']).filter(isObject)
  if (content['role'] === 'model') return [assistantOf(parts)]
  const results = parts.flatMap((part) => {
    const { id, response } = objectOrEmpty(part['functionResponse'])
    if (response === undefined) return []
    const { output } = objectOrEmpty(response)
    const text = typeof output === 'string' ? output : JSON.stringify(response)
    return [{ role: 'tool', tool_call_id: id, content: text }]
  })
  const said = parts.filter((part) => part['functionResponse'] === undefined)
  if (said.length === 0) return results
  const content_ = said.map((part) =>
    typeof part['text'] === 'string' ? { type: 'text', text: part['text'] } : { type: 'media' },
  )
  return [...results, { role: 'user', content: content_ }]
}

function assistantOf(parts: readonly JsonObject[]): JsonObject {
  const calls = parts.flatMap((part) => {
    const call = part['functionCall']
    if (!isObject(call)) return []
    const text = JSON.stringify(call['args'] ?? {})
    const called = { name: call['name'], arguments: text }
    return [{ id: call['id'], type: 'function', function: called }]
  })
  const content = textOf(parts.filter((part) => part['thought'] !== true))
  return { role: 'assistant', content, ...(calls.length === 0 ? {} : { tool_calls: calls }) }
}

function textOf(parts: readonly unknown[]): string {
  return parts
    .map((part) => objectOrEmpty(part)['text'])
    .filter((text) => typeof text === 'string')
    .join('\n')
}

function toolOf(declaration: unknown): JsonObject {
  const { name, description, parametersJsonSchema, parameters } = objectOrEmpty(declaration)
  const schema = parametersJsonSchema ?? parameters ?? {}
  return { type: 'function', function: { name, description, parameters: schema } }
}

function toolChoiceOf(config: unknown): JsonObject {
  const calling = objectOrEmpty(objectOrEmpty(config)['functionCallingConfig'])
  const names = listOrEmpty(calling['allowedFunctionNames'])
  if (calling['mode'] === 'NONE') return { tool_choice: 'none' }
  if (calling['mode'] !== 'ANY') return {}
  if (names.length === 0) return { tool_choice: 'required' }
  const tools = names.map((name) => ({ type: 'function', function: { name } }))
  return { tool_choice: { type: 'allowed_tools', allowed_tools: { mode: 'required', tools } } }
}

function formatOf(config: JsonObject): JsonObject {
  const schema = config['responseJsonSchema'] ?? config['responseSchema']
  if (config['responseMimeType'] !== 'application/json') return {}
  if (schema === undefined) return { response_format: { type: 'json_object' } }
  return { response_format: { type: 'json_schema', json_schema: { name: 'answer', schema } } }
}
