import { invalid, isObject } from '#gateway/canonical/json.ts'
import type { JsonObject, Tool, ToolChoice, Warning } from '#gateway/canonical/request.ts'

import { plainSchema } from './plain-schema.ts'
import { camelName, listAt, member, objectAt, textAt } from './proto-json.ts'

/**
 * Tools that Google bills by use and not by tokens, or that reach what is stored under the provider's own
 * account: nobody could be charged for the first, and the second belongs to somebody else.
 */
const refused: ReadonlySet<string> = new Set([
  'googleSearch',
  'googleSearchRetrieval',
  'enterpriseWebSearch',
  'parallelAiSearch',
  'exaAiSearch',
  'googleMaps',
  'retrieval',
  'fileSearch',
])

/** Reads `tools`: functions, and what Gemini runs itself. */
export function readTools(value: unknown): Tool[] {
  return listAt(value, 'tools').flatMap((entry, index) => {
    const param = `tools[${index}]`
    if (!isObject(entry)) throw invalid(param, 'it must be an object')
    return Object.entries(entry).flatMap(([written, content]): Tool[] => {
      const name = camelName(written)
      if (content === undefined || content === null) return []
      if (name === 'functionDeclarations') {
        const declarations = listAt(content, `${param}.${name}`)
        return declarations.map((one, place) => readFunction(one, `${param}.${name}[${place}]`))
      }
      if (refused.has(name)) {
        throw invalid(
          `${param}.${name}`,
          'this tool is not billed by tokens and is not served here',
        )
      }
      const definition = isObject(content) ? content : {}
      return [{ kind: 'provider', type: name, definition, param: `${param}.${name}` }]
    })
  })
}

function readFunction(value: unknown, param: string): Tool {
  const declaration = objectAt(value, param) ?? {}
  const name = textAt(declaration['name'], `${param}.name`)
  if (name === null || name === '') throw invalid(`${param}.name`, 'the name is missing')
  const plain = member(declaration, 'parameters')
  const schema =
    member(declaration, 'parametersJsonSchema') ??
    (plain === undefined ? undefined : plainSchema(plain))
  return {
    kind: 'function',
    name,
    description: textAt(declaration['description'], `${param}.description`),
    parameters: objectAt(schema, `${param}.parameters`) ?? null,
    strict: null,
    cache: null,
  }
}

/** Reads `toolConfig`; what only Gemini knows is left over. */
export function readToolChoice(value: unknown, leftovers: Warning[]): ToolChoice | null {
  const config = objectAt(value, 'toolConfig') ?? {}
  for (const name of Object.keys(config).map(camelName)) {
    if (name === 'functionCallingConfig') continue
    leftovers.push({ param: `toolConfig.${name}`, detail: 'only Gemini knows this setting' })
  }
  const param = 'toolConfig.functionCallingConfig'
  const calling = objectAt(member(config, 'functionCallingConfig'), param)
  return calling === undefined ? null : choiceOf(calling, { param, leftovers })
}

function choiceOf(
  calling: JsonObject,
  { param, leftovers }: { param: string; leftovers: Warning[] },
): ToolChoice | null {
  if (member(calling, 'streamFunctionCallArguments') === true) {
    const detail = 'calls are given whole'
    leftovers.push({ param: `${param}.streamFunctionCallArguments`, detail })
  }
  const listed = listAt(member(calling, 'allowedFunctionNames'), `${param}.allowedFunctionNames`)
  const names = listed.filter((name) => typeof name === 'string')
  const mode = textAt(calling['mode'], `${param}.mode`)?.toUpperCase() ?? 'AUTO'
  switch (mode) {
    case 'MODE_UNSPECIFIED':
    case 'AUTO':
      return { kind: 'auto' }
    case 'VALIDATED':
      return names.length === 0 ? { kind: 'auto' } : { kind: 'allowed', mode: 'auto', names }
    case 'NONE':
      return { kind: 'none' }
    case 'ANY': {
      const [only, ...others] = names
      if (only === undefined) return { kind: 'required' }
      if (others.length === 0) return { kind: 'named', name: only }
      return { kind: 'allowed', mode: 'required', names }
    }
    default:
      throw invalid(`${param}.mode`, 'it must be AUTO, ANY, NONE or VALIDATED')
  }
}
