import type { JsonObject, ModelRequest, OutputFormat } from '#gateway/canonical/request.ts'

import type { Notes } from './notes.ts'

/**
 * Where a model has no switch for structured output, it must call this tool, whose arguments are the
 * answer. The decoder shows them as text.
 */
export const answerToolName = 'codelace_answer'

/** The tool for a format, as name, description and schema; undefined where a text will do. */
export function answerTool(
  format: OutputFormat | null,
  notes: Notes,
): { name: string; description: string; schema: JsonObject } | undefined {
  if (format === null || format.kind === 'text') return undefined
  const about = 'Gives the final answer to the user. Its arguments are the whole answer.'
  if (format.kind === 'json') {
    const schema = { type: 'object', additionalProperties: true }
    return { name: answerToolName, description: about, schema }
  }
  if (format.schema['type'] !== 'object') {
    notes.refuse(
      'response_format',
      'This model can only answer with a schema whose type is "object".',
    )
  }
  const description = format.description === null ? about : `${about} ${format.description}`
  return { name: answerToolName, description, schema: format.schema }
}

/** True when a call of this name is really the answer to this request. */
export function isAnswerTool(name: string, request: ModelRequest): boolean {
  if (name !== answerToolName || request.format === null || request.format.kind === 'text')
    return false
  return !request.tools.some((tool) => tool.kind !== 'provider' && tool.name === name)
}
