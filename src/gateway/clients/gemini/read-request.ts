import type { ClientMessage, ReadRequest } from '#gateway/canonical/client-protocol.ts'
import { invalid, textOf } from '#gateway/canonical/json.ts'
import type { JsonObject, ModelRequest, Warning } from '#gateway/canonical/request.ts'

import { camelName, listAt, member } from './proto-json.ts'
import { readConfig } from './read-config.ts'
import { readContents, readSystem } from './read-contents.ts'
import { readToolChoice, readTools } from './read-tools.ts'

/** Members that are read, or meant for the gateway. */
const known: ReadonlySet<string> = new Set([
  'contents',
  'systemInstruction',
  'tools',
  'toolConfig',
  'generationConfig',
  'serviceTier',
  'model',
  'models',
  'provider',
  'session_id',
  'sessionId',
  'trace',
  'user',
])

/** Reads a request of `generateContent`. The model and the wish to stream come from the address. */
export function readGemini({ body, address }: ClientMessage): ReadRequest {
  const models = listAt(body['models'], 'models').filter((name) => typeof name === 'string')
  return {
    request: readGeminiRequest(body, address?.stream ?? false),
    model: address === null ? textOf(body['model']) : modelName(address.model),
    models: models.length === 0 ? null : models,
    provider: body['provider'],
  }
}

/** The body alone, as `countTokens` has it too. Throws `invalid_request`. */
function readGeminiRequest(body: JsonObject, stream: boolean): ModelRequest {
  if (member(body, 'cachedContent') !== undefined) {
    // It names something stored under the provider's account, which all customers share.
    throw invalid('cachedContent', 'stored contents cannot be used here; send them in `contents`')
  }
  const leftovers: Warning[] = []
  for (const name of Object.keys(body).map(camelName)) {
    if (!known.has(name)) leftovers.push({ param: name, detail: 'only Gemini knows this setting' })
  }
  const config = readConfig(member(body, 'generationConfig'), leftovers)
  const system = readSystem(member(body, 'systemInstruction'))
  return {
    messages: [...system, ...readContents(body['contents'], leftovers)],
    tools: readTools(body['tools']),
    toolChoice: readToolChoice(member(body, 'toolConfig'), leftovers),
    parallelToolCalls: null,
    stream,
    cache: null,
    serviceTier: textOf(member(body, 'serviceTier'))?.toLowerCase() ?? null,
    user: textOf(body['user']),
    promptCacheKey: null,
    verbosity: null,
    metadata: null,
    leftovers,
    ...config,
  }
}

/** The SDKs write `models/` before every name. */
function modelName(model: string): string {
  return model.replace(/^(?:publishers\/google\/)?models\//, '')
}
