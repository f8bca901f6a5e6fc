import { isObject, textOf } from '#gateway/canonical/json.ts'
import type { JsonObject, Warning } from '#gateway/canonical/request.ts'

/**
 * Types of tools that the client itself runs, and of the search for tools: Anthropic bills nothing for them
 * beside tokens. Names carry the date of their version.
 */
const withoutFee = ['custom', 'bash', 'text_editor', 'computer', 'memory', 'tool_search_tool']

/**
 * A request of a client that speaks Anthropic's protocol, without the tools that run at Anthropic and may be
 * billed by the call, and without the wish for one of them. The same object when there is none.
 */
export function withoutAnthropicFees(body: JsonObject): {
  readonly body: JsonObject
  readonly warnings: readonly Warning[]
} {
  const { tools } = body
  if (!Array.isArray(tools)) return { body, warnings: [] }
  const warnings: Warning[] = []
  const left = tools.filter((tool: unknown, at) => {
    const type = isObject(tool) ? textOf(tool['type']) : null
    if (type === null || hasNoFee(type)) return true
    const detail = `The tool "${type}" runs at the provider for a fee that has no price here; it was left out.`
    warnings.push({ param: `tools[${at}]`, detail })
    return false
  })
  if (warnings.length === 0) return { body, warnings }
  const { tools: _, tool_choice: choice, ...rest } = body
  return {
    body: {
      ...rest,
      ...(left.length === 0 ? {} : { tools: left }),
      ...(canStillChoose(choice, left) ? { tool_choice: choice } : {}),
    },
    warnings,
  }
}

function hasNoFee(type: string): boolean {
  return withoutFee.some((name) => type === name || type.startsWith(`${name}_`))
}

function canStillChoose(choice: unknown, tools: readonly unknown[]): boolean {
  if (!isObject(choice) || tools.length === 0) return false
  if (choice['type'] !== 'tool') return true
  return tools.some((tool) => isObject(tool) && tool['name'] === choice['name'])
}
