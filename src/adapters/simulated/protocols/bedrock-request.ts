import type { JsonObject } from '#adapters/simulated/json-values.ts'
import { isObject, listOrEmpty, objectOrEmpty } from '#adapters/simulated/json-values.ts'
import { textOf } from '#adapters/simulated/request.ts'

/** Where a request of Bedrock's goes: a model, whole or as a stream. */
export interface BedrockAddress {
  readonly model: string
  readonly isStreamed: boolean
}

const address = /\/model\/([^/]+)\/(converse|converse-stream)$/

/** The address of a conversation, or undefined for any other. */
export function bedrockAddressOf(path: string): BedrockAddress | undefined {
  const [, model, action] = address.exec(path) ?? []
  if (model === undefined) return undefined
  return { model: decodeURIComponent(model), isStreamed: action === 'converse-stream' }
}

/** A request for `Converse` in the chat protocol, which the simulation understands. */
export function chatOfBedrock(body: JsonObject, { model, isStreamed }: BedrockAddress): JsonObject {
  const config = objectOrEmpty(body['inferenceConfig'])
  const toolConfig = objectOrEmpty(body['toolConfig'])
  const tools = listOrEmpty(toolConfig['tools']).flatMap(toolOf)
  const system = textOf(body['system'])
  return {
    model,
    stream: isStreamed,
    stream_options: { include_usage: true },
    messages: [
      ...(system === '' ? [] : [{ role: 'system', content: system }]),
      ...listOrEmpty(body['messages']).filter(isObject).flatMap(messagesOf),
    ],
    ...(tools.length === 0 ? {} : { tools }),
    ...choiceOf(objectOrEmpty(toolConfig['toolChoice'])),
    ...(config['maxTokens'] === undefined ? {} : { max_tokens: config['maxTokens'] }),
    ...(config['stopSequences'] === undefined ? {} : { stop: config['stopSequences'] }),
    ...(body['sim'] === undefined ? {} : { sim: body['sim'] }),
    ...formatOf(objectOrEmpty(objectOrEmpty(body['outputConfig'])['textFormat'])),
    reasoning: reasoningOf(objectOrEmpty(body['additionalModelRequestFields'])),
  }
}

function messagesOf({ role, content }: JsonObject): JsonObject[] {
  const blocks = listOrEmpty(content).filter(isObject)
  if (role === 'assistant') return [assistantOf(blocks)]
  const results = blocks.flatMap(({ toolResult }) =>
    isObject(toolResult)
      ? [
          {
            role: 'tool',
            tool_call_id: toolResult['toolUseId'],
            content: textOf(toolResult['content']),
          },
        ]
      : [],
  )
  const rest = blocks.filter((block) => !('toolResult' in block) && !('cachePoint' in block))
  return rest.length === 0 ? results : [...results, { role, content: rest }]
}

function assistantOf(blocks: readonly JsonObject[]): JsonObject {
  const calls = blocks.flatMap(({ toolUse }) => {
    if (!isObject(toolUse)) return []
    const { toolUseId: id, name, input } = toolUse
    return [{ id, type: 'function', function: { name, arguments: JSON.stringify(input ?? {}) } }]
  })
  const thoughts = blocks.flatMap(({ reasoningContent }) => {
    const { reasoningText } = objectOrEmpty(reasoningContent)
    return isObject(reasoningText) ? [{ type: 'reasoning.text', ...reasoningText }] : []
  })
  return {
    role: 'assistant',
    content: textOf(blocks),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
    ...(thoughts.length === 0 ? {} : { reasoning_details: thoughts }),
  }
}

function toolOf(tool: unknown): JsonObject[] {
  const { toolSpec } = objectOrEmpty(tool)
  if (!isObject(toolSpec)) return []
  const { name, description, inputSchema } = toolSpec
  const parameters = objectOrEmpty(inputSchema)['json'] ?? {}
  return [{ type: 'function', function: { name, description, parameters } }]
}

function choiceOf({ any, tool }: JsonObject): JsonObject {
  if (any !== undefined) return { tool_choice: 'required' }
  if (!isObject(tool)) return {}
  return { tool_choice: { type: 'function', function: { name: tool['name'] } } }
}

function formatOf({ type, structure }: JsonObject): JsonObject {
  const { schema } = objectOrEmpty(objectOrEmpty(structure)['jsonSchema'])
  if (type !== 'json_schema' || typeof schema !== 'string') return {}
  const parsed: unknown = JSON.parse(schema)
  return {
    response_format: { type: 'json_schema', json_schema: { name: 'answer', schema: parsed } },
  }
}

function reasoningOf(fields: JsonObject): JsonObject {
  const { type, display } = objectOrEmpty(fields['thinking'])
  return { enabled: type === 'enabled' || type === 'adaptive', exclude: display === 'omitted' }
}
