import type {
  EncodedRequest,
  Encoding,
  EncodingTarget,
} from '#gateway/canonical/provider-protocol.ts'
import type { JsonObject, ModelRequest, Warning } from '#gateway/canonical/request.ts'

import { encodeContents } from './contents.ts'
import { generationConfigOf, formatToTell, toldFormat } from './generation-config.ts'
import { traitsOf } from './model-traits.ts'
import { encodeTools } from './tools.ts'

/**
 * Writes a request for Gemini, at AI Studio or Vertex: both take the same body, and their base addresses
 * end where `/models/…` follows. Settings of safety are never touched.
 */
export function encodeGemini(request: ModelRequest, target: EncodingTarget): Encoding {
  const { choiceCount } = request.sampling
  if (choiceCount !== null && choiceCount > 1) {
    return {
      kind: 'impossible',
      param: 'n',
      detail: 'only one answer is given here: leave `n` out',
    }
  }
  const warnings: Warning[] = [...request.leftovers]
  const traits = traitsOf(target.upstreamModel)
  const { tools, toolConfig } = encodeTools(request, traits, warnings)
  const hasTools = tools.length > 0
  const told = formatToTell(request.format, { traits, hasTools })
  const toldText = told === null ? null : toldFormat(told)
  const written = encodeContents(request, { traits, toldText, warnings })
  if (written.impossible !== null) return { kind: 'impossible', ...written.impossible }
  const generationConfig = generationConfigOf(request, { target, traits, hasTools, warnings })
  const body: Record<string, unknown> = { contents: written.contents }
  if (written.systemInstruction !== null) body['systemInstruction'] = written.systemInstruction
  if (hasTools) body['tools'] = tools
  if (toolConfig !== null) body['toolConfig'] = toolConfig
  if (Object.keys(generationConfig).length > 0) body['generationConfig'] = generationConfig
  return {
    kind: 'encoded',
    encoded: requestTo(target, { body, warnings, isStreamed: request.stream }),
  }
}

/**
 * The body of a client that speaks Gemini itself, as it sent it, but for the members that are meant for
 * the gateway and a lower limit of output.
 */
export function encodeGeminiNative(
  body: JsonObject,
  target: EncodingTarget,
  _clientHeaders: unknown,
  isStreamed = false,
): EncodedRequest {
  const { model: _, models: __, provider: ___, ...rest } = body
  if (target.maxTokens === null) return requestTo(target, { body: rest, warnings: [], isStreamed })
  const name = 'generation_config' in rest ? 'generation_config' : 'generationConfig'
  const { max_output_tokens: ____, ...config } = (rest[name] ?? {}) as Record<string, unknown>
  const limited = { ...rest, [name]: { ...config, maxOutputTokens: target.maxTokens } }
  return requestTo(target, { body: limited, warnings: [], isStreamed })
}

function requestTo(
  target: EncodingTarget,
  parts: { body: JsonObject; warnings: readonly Warning[]; isStreamed: boolean },
): EncodedRequest {
  const base = target.baseUrl.replace(/\/+$/, '')
  const action = parts.isStreamed ? 'streamGenerateContent?alt=sse' : 'generateContent'
  return {
    url: `${base}/${modelPath(target.upstreamModel)}:${action}`,
    headers: {},
    body: parts.body,
    warnings: parts.warnings,
  }
}

/** A plain name stands under `models`; tuned models and other publishers name their place themselves. */
function modelPath(model: string): string {
  const path = model.split('/').map(encodeURIComponent).join('/')
  return model.includes('/') ? path : `models/${path}`
}
