import type {
  JsonObject,
  ModelRequest,
  Tool,
  ToolChoice,
  Warning,
} from '#gateway/canonical/request.ts'

import type { ModelTraits } from './model-traits.ts'
import { olderSchemaFor } from './older-schema.ts'
import { jsonSchemaFor } from './schema.ts'

/** `tools` and `toolConfig`, as far as there is something to say. */
export interface EncodedTools {
  readonly tools: readonly JsonObject[]
  readonly toolConfig: JsonObject | null
}

/** The one parameter that stands for the plain input of a custom tool. */
export const customToolInput = 'input'

/** Writes functions and how they may be called. What Gemini has no word for becomes a warning. */
export function encodeTools(
  { tools, toolChoice, parallelToolCalls }: ModelRequest,
  traits: ModelTraits,
  warnings: Warning[],
): EncodedTools {
  const declared = allowedTools(tools, toolChoice)
  const declarations = declared.flatMap((tool) => declarationOf(tool, traits, warnings))
  if (declarations.length === 0) return { tools: [], toolConfig: null }
  if (parallelToolCalls === false) {
    warnings.push({
      param: 'parallel_tool_calls',
      detail: 'Gemini has no switch for parallel calls; the model may make several at once',
    })
  }
  const isStrict = declared.some((tool) => tool.kind === 'function' && tool.strict === true)
  const functionCallingConfig = callingConfig(toolChoice, isStrict && traits.generation >= 2.5)
  return {
    tools: [{ functionDeclarations: declarations }],
    toolConfig: functionCallingConfig === null ? null : { functionCallingConfig },
  }
}

/** "Any of these, or none" has no word of its own: the others are not declared. */
function allowedTools(tools: readonly Tool[], choice: ToolChoice | null): readonly Tool[] {
  if (choice?.kind !== 'allowed' || choice.mode !== 'auto') return tools
  return tools.filter((tool) => tool.kind === 'provider' || choice.names.includes(tool.name))
}

function callingConfig(choice: ToolChoice | null, isStrict: boolean): JsonObject | null {
  switch (choice?.kind) {
    case 'none':
      return { mode: 'NONE' }
    case 'required':
      return { mode: 'ANY' }
    case 'named':
      return { mode: 'ANY', allowedFunctionNames: [choice.name] }
    case 'allowed':
      if (choice.mode === 'required') return { mode: 'ANY', allowedFunctionNames: choice.names }
      return isStrict ? { mode: 'VALIDATED' } : null
    case 'auto':
    case undefined:
      return isStrict ? { mode: 'VALIDATED' } : null
    default:
      return choice satisfies never
  }
}

function declarationOf(
  tool: Tool,
  traits: ModelTraits,
  warnings: Warning[],
): readonly JsonObject[] {
  switch (tool.kind) {
    case 'function': {
      const declaration: Record<string, unknown> = { name: tool.name }
      if (tool.description !== null) declaration['description'] = tool.description
      return [{ ...declaration, ...parametersOf(tool.parameters, traits) }]
    }
    case 'custom':
      return [customDeclaration(tool, traits, warnings)]
    case 'provider':
      warnings.push({
        param: tool.param,
        detail: `a tool of type "${tool.type}" is run by another provider and was left out`,
      })
      return []
    default:
      return tool satisfies never
  }
}

function parametersOf(schema: JsonObject | null, traits: ModelTraits): JsonObject {
  if (schema === null) return {}
  if (traits.takesJsonSchema) return { parametersJsonSchema: objectSchema(jsonSchemaFor(schema)) }
  const parameters = olderSchemaFor(objectSchema(schema))
  return parameters === undefined ? {} : { parameters }
}

/** Parameters are an object even where the client did not say so. */
function objectSchema(schema: JsonObject): JsonObject {
  return schema['type'] === undefined && schema['anyOf'] === undefined
    ? { type: 'object', ...schema }
    : schema
}

function customDeclaration(
  tool: Extract<Tool, { kind: 'custom' }>,
  traits: ModelTraits,
  warnings: Warning[],
): JsonObject {
  const grammar = tool.format !== null && tool.format['type'] !== 'text' ? tool.format : null
  if (grammar !== null) {
    warnings.push({
      param: `tools.${tool.name}.format`,
      detail: 'the grammar is told to the model, but Gemini does not enforce it',
    })
  }
  const texts = [tool.description, grammar === null ? null : `Format: ${JSON.stringify(grammar)}`]
  const description = texts.filter((text) => text !== null).join('\n\n')
  const schema = {
    type: 'object',
    properties: { [customToolInput]: { type: 'string', description: 'The plain input.' } },
    required: [customToolInput],
  }
  return {
    name: tool.name,
    ...(description === '' ? {} : { description }),
    ...parametersOf(schema, traits),
  }
}
