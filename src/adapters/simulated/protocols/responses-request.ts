import type { JsonObject } from '#adapters/simulated/json-values.ts'
import { isObject, listOrEmpty, objectOrEmpty } from '#adapters/simulated/json-values.ts'
import type { Refusal } from '#adapters/simulated/refusal.ts'
import { textOf } from '#adapters/simulated/request.ts'

/** Nothing is stored here, so nothing can be gone on with. */
export function responsesRefusal(body: JsonObject): Refusal | undefined {
  const id = body['previous_response_id']
  if (id === undefined || id === null) return undefined
  const param = 'previous_response_id'
  const message = `Previous response with id ${JSON.stringify(id)} not found.`
  return { status: 400, message, code: 'previous_response_not_found', param }
}

/** A request for `/v1/responses` in the chat protocol, which the simulation understands. */
export function chatOfResponses(body: JsonObject): JsonObject {
  const { input, instructions } = body
  const tools = listOrEmpty(body['tools']).filter(isObject).flatMap(toolOf)
  const spoken = typeof input === 'string' ? [{ role: 'user', content: input }] : messagesOf(input)
  return {
    model: body['model'],
    stream: body['stream'],
    stream_options: { include_usage: true },
    messages: [
      ...(typeof instructions === 'string' ? [{ role: 'system', content: instructions }] : []),
      ...spoken,
    ],
    ...(tools.length === 0 ? {} : { tools }),
    ...choiceOf(body['tool_choice']),
    ...(body['parallel_tool_calls'] === false ? { parallel_tool_calls: false } : {}),
    ...(typeof body['max_output_tokens'] === 'number'
      ? { max_tokens: body['max_output_tokens'] }
      : {}),
    ...(body['sim'] === undefined ? {} : { sim: body['sim'] }),
    ...formatOf(objectOrEmpty(objectOrEmpty(body['text'])['format'])),
    reasoning: { effort: objectOrEmpty(body['reasoning'])['effort'] },
  }
}

/** What an assistant said, thought and called in neighbouring items is one message. */
function messagesOf(input: unknown): JsonObject[] {
  const messages: JsonObject[] = []
  let open: { content: string[]; calls: JsonObject[]; thoughts: JsonObject[] } | undefined
  const close = () => {
    if (open) messages.push(assistantOf(open))
    open = undefined
  }
  for (const item of listOrEmpty(input).filter(isObject)) {
    const { type = 'message', role } = item
    const call = callOf(item)
    if (type === 'message' && role !== 'assistant') {
      close()
      messages.push({ role, content: partsOf(item['content']) })
    } else if (type === 'function_call_output' || type === 'custom_tool_call_output') {
      close()
      const { output } = item
      messages.push({ role: 'tool', tool_call_id: item['call_id'], content: textOf(output) })
    } else {
      open ??= { content: [], calls: [], thoughts: [] }
      if (type === 'message') open.content.push(textOf(item['content']))
      if (call) open.calls.push(call)
      if (type === 'reasoning') open.thoughts.push(thoughtOf(item))
    }
  }
  close()
  return messages
}

function assistantOf(said: {
  content: readonly string[]
  calls: readonly JsonObject[]
  thoughts: readonly JsonObject[]
}): JsonObject {
  const { content, calls, thoughts } = said
  return {
    role: 'assistant',
    content: content.join('\n'),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
    ...(thoughts.length === 0 ? {} : { reasoning_details: thoughts }),
  }
}

function partsOf(content: unknown): unknown {
  if (typeof content === 'string') return content
  return listOrEmpty(content).map((part) => {
    const { text } = objectOrEmpty(part)
    return typeof text === 'string' ? { type: 'text', text } : { type: 'media' }
  })
}

function callOf({ type, call_id: id, name, ...item }: JsonObject): JsonObject | undefined {
  if (type === 'custom_tool_call') {
    return { id, type: 'custom', custom: { name, input: item['input'] } }
  }
  if (type !== 'function_call') return undefined
  return { id, type: 'function', function: { name, arguments: item['arguments'] } }
}

function thoughtOf({ summary, encrypted_content: signature }: JsonObject): JsonObject {
  return { type: 'reasoning.text', text: textOf(summary), signature }
}

function toolOf({ type, name, description, parameters }: JsonObject): JsonObject[] {
  if (typeof name !== 'string') return []
  if (type === 'custom') return [{ type, custom: { name, description } }]
  return type === 'function' ? [{ type, function: { name, description, parameters } }] : []
}

function choiceOf(choice: unknown): JsonObject {
  if (typeof choice === 'string') return { tool_choice: choice }
  const { type, name, mode, tools } = objectOrEmpty(choice)
  if (type === 'function' || type === 'custom') return { tool_choice: { type, [type]: { name } } }
  if (type !== 'allowed_tools') return {}
  const allowed = listOrEmpty(tools).map((tool) => ({
    type: 'function',
    function: { name: objectOrEmpty(tool)['name'] },
  }))
  return { tool_choice: { type, allowed_tools: { mode, tools: allowed } } }
}

function formatOf({ type, ...schema }: JsonObject): JsonObject {
  if (type === 'json_object') return { response_format: { type } }
  return type === 'json_schema' ? { response_format: { type, json_schema: schema } } : {}
}
