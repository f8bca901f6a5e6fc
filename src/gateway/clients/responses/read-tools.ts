import { invalid, isObject, booleanOf, listOf, textOf } from '#gateway/canonical/json.ts'
import { namespacedName } from '#gateway/canonical/namespaced-name.ts'
import type { JsonObject, Tool, ToolChoice } from '#gateway/canonical/request.ts'

/** The tools of a request. Those inside a namespace stand beside the others, under a name of both. */
export function readTools(value: unknown, param: string): readonly Tool[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw invalid(param, 'expected a list of tools.')
  return value.flatMap((tool, index) => readTool(tool, `${param}[${index}]`, null))
}

function readTool(tool: unknown, param: string, namespace: string | null): readonly Tool[] {
  if (!isObject(tool)) throw invalid(param, 'expected an object.')
  const type = textOf(tool['type'])
  if (!type) throw invalid(`${param}.type`, 'is missing.')
  switch (type) {
    case 'function':
      return [readFunction(tool, param, namespace)]
    case 'custom': {
      const format = isObject(tool['format']) ? tool['format'] : null
      const description = textOf(tool['description'])
      return [{ kind: 'custom', name: nameIn(tool, param, namespace), description, format }]
    }
    case 'namespace': {
      const name = textOf(tool['name'])
      if (!name) throw invalid(`${param}.name`, 'is missing.')
      const inside = tool['tools']
      if (!Array.isArray(inside)) throw invalid(`${param}.tools`, 'expected a list of tools.')
      return inside.flatMap((one, index) => readTool(one, `${param}.tools[${index}]`, name))
    }
    default:
      return [{ kind: 'provider', type, definition: tool, param }]
  }
}

function readFunction(tool: JsonObject, param: string, namespace: string | null): Tool {
  // Some clients nest it as chat does.
  const described = isObject(tool['function']) ? tool['function'] : tool
  const parameters = described['parameters']
  if (parameters !== undefined && parameters !== null && !isObject(parameters)) {
    throw invalid(`${param}.parameters`, 'expected a JSON Schema.')
  }
  return {
    kind: 'function',
    name: nameIn(described, param, namespace),
    description: textOf(described['description']),
    parameters: isObject(parameters) ? parameters : null,
    strict: booleanOf(described['strict']),
    cache: null,
  }
}

function nameIn(tool: JsonObject, param: string, namespace: string | null): string {
  const name = textOf(tool['name'])
  if (!name) throw invalid(`${param}.name`, 'is missing.')
  return namespace === null ? name : namespacedName(namespace, name)
}

/** Where a tool stands that a client declared inside a namespace. */
export interface NamespacedTool {
  readonly namespace: string
  readonly name: string
}

/** By the one name that tools of namespaces have elsewhere: what the client calls them. */
export function namespacedTools(body: JsonObject): ReadonlyMap<string, NamespacedTool> {
  const found = new Map<string, NamespacedTool>()
  const lists = [listOf(body['tools']), ...listOf(body['input']).map(additionalTools)]
  for (const tool of lists.flat()) {
    if (!isObject(tool) || tool['type'] !== 'namespace') continue
    const namespace = textOf(tool['name']) ?? ''
    for (const inside of listOf(tool['tools'])) {
      const name = isObject(inside) ? textOf(inside['name']) : null
      if (name) found.set(namespacedName(namespace, name), { namespace, name })
    }
  }
  return found
}

/** The tools that an item of the input brings along. */
export function additionalTools(item: unknown): readonly unknown[] {
  return isObject(item) && item['type'] === 'additional_tools' ? listOf(item['tools']) : []
}

/** Whether and what the model must call; a tool that was not declared cannot be demanded. */
export function readToolChoice(value: unknown, tools: readonly Tool[]): ToolChoice | null {
  if (value === undefined || value === null) return null
  if (value === 'auto' || value === 'none') return { kind: value }
  if (value === 'required') {
    if (tools.length === 0) throw invalid('tool_choice', '"required" needs at least one tool.')
    return { kind: value }
  }
  if (!isObject(value)) {
    throw invalid('tool_choice', 'expected "auto", "none", "required", or one of the tools.')
  }
  const type = textOf(value['type'])
  if (type === 'allowed_tools') return readAllowed(value, tools)
  const name = toolNameIn(value)
  if (name === null) {
    // A built-in tool, demanded by its type.
    const isDeclared = tools.some((tool) => tool.kind === 'provider' && tool.type === type)
    if (!isDeclared) throw invalid('tool_choice', `no tool of the type "${type}" is in tools.`)
    return { kind: 'auto' }
  }
  refuseUnknown(name, tools, 'tool_choice.name')
  return { kind: 'named', name }
}

function readAllowed(value: JsonObject, tools: readonly Tool[]): ToolChoice {
  const mode = value['mode'] === 'required' ? 'required' : 'auto'
  const names = listOf(value['tools']).flatMap((tool, index) => {
    const name = isObject(tool) ? toolNameIn(tool) : null
    if (name === null) return []
    refuseUnknown(name, tools, `tool_choice.tools[${index}].name`)
    return [name]
  })
  return { kind: 'allowed', mode, names }
}

function toolNameIn(value: JsonObject): string | null {
  const described = isObject(value['function']) ? value['function'] : value
  const name = textOf(described['name'])
  const namespace = textOf(described['namespace'])
  return name && namespace ? namespacedName(namespace, name) : name
}

function refuseUnknown(name: string, tools: readonly Tool[], param: string): void {
  if (tools.some((tool) => tool.kind !== 'provider' && tool.name === name)) return
  throw invalid(param, `no tool of the name ${JSON.stringify(name.slice(0, 100))} is in tools.`)
}
