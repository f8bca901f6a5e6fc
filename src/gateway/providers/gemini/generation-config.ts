import { textOf } from '#gateway/canonical/json.ts'
import type { EncodingTarget } from '#gateway/canonical/provider-protocol.ts'
import type { JsonObject, ModelRequest, OutputFormat, Warning } from '#gateway/canonical/request.ts'

import type { ModelTraits } from './model-traits.ts'
import { olderSchemaFor } from './older-schema.ts'
import { jsonSchemaFor } from './schema.ts'
import { thinkingConfigFor } from './thinking.ts'

/** The most stop sequences that Gemini takes. */
const stopSequencesMax = 5

/** What the configuration is written for. */
export interface ConfigPlace {
  readonly target: EncodingTarget
  readonly traits: ModelTraits
  readonly hasTools: boolean
  readonly warnings: Warning[]
}

/** `generationConfig`, with only what was asked for. `n` above one is refused before. */
export function generationConfigOf(request: ModelRequest, place: ConfigPlace): JsonObject {
  const { sampling } = request
  const config: Record<string, unknown> = {}
  const add = (name: string, value: unknown) => {
    if (value !== null) config[name] = value
  }
  add('maxOutputTokens', outputLimit(request, place))
  add('temperature', sampling.temperature)
  add('topP', sampling.topP)
  add('topK', sampling.topK)
  add('seed', sampling.seed)
  add('presencePenalty', sampling.presencePenalty)
  add('frequencyPenalty', sampling.frequencyPenalty)
  if (sampling.logprobs === true) {
    config['responseLogprobs'] = true
    add('logprobs', sampling.topLogprobs || null)
  }
  if (sampling.stop.length > 0) {
    config['stopSequences'] = sampling.stop.slice(0, stopSequencesMax)
  }
  add('thinkingConfig', thinkingConfigFor(request.reasoning, place.traits.thinking, place.warnings))
  Object.assign(config, outputForms(request, place), formatOf(request.format, place))
  place.warnings.push(...unheardSampling(request))
  return config
}

function outputLimit(request: ModelRequest, { target, warnings }: ConfigPlace): number | null {
  if (target.maxTokens !== null) return target.maxTokens
  const wished = request.maxOutputTokens
  if (wished === null || wished <= target.maxOutputTokens) return wished
  warnings.push({
    param: 'max_tokens',
    detail: `the model gives at most ${target.maxOutputTokens} tokens; that limit was set`,
  })
  return target.maxOutputTokens
}

/** What the answer may consist of, and the voice of a spoken one. */
function outputForms(request: ModelRequest, { warnings }: ConfigPlace): JsonObject {
  const wished = request.outputModalities?.filter((form) => form !== 'text') ?? []
  if (wished.length === 0) return {}
  if (!wished.includes('audio')) {
    return { responseModalities: request.outputModalities?.map((form) => form.toUpperCase()) }
  }
  const voiceName = textOf(request.audioOutput?.['voice'])
  const format = textOf(request.audioOutput?.['format'])
  if (format !== null && format !== 'pcm16') {
    warnings.push({ param: 'audio.format', detail: 'Gemini gives sound as raw 16-bit PCM only' })
  }
  const speechConfig = { voiceConfig: { prebuiltVoiceConfig: { voiceName } } }
  return { responseModalities: ['AUDIO'], ...(voiceName === null ? {} : { speechConfig }) }
}

function formatOf(format: OutputFormat | null, place: ConfigPlace): JsonObject {
  if (format === null || format.kind === 'text') return {}
  if (formatToTell(format, place) !== null) {
    place.warnings.push({
      param: 'response_format',
      detail:
        'this model takes either tools or a demanded form; the form was told to it in the system text instead',
    })
    return {}
  }
  const responseMimeType = 'application/json'
  if (format.kind === 'json') return { responseMimeType }
  if (place.traits.takesJsonSchema) {
    return { responseMimeType, responseJsonSchema: jsonSchemaFor(format.schema) }
  }
  const responseSchema = olderSchemaFor(format.schema)
  return { responseMimeType, ...(responseSchema === undefined ? {} : { responseSchema }) }
}

/** The form of the answer where it can only be told to the model in words; null elsewhere. */
export function formatToTell(
  format: OutputFormat | null,
  { traits, hasTools }: Pick<ConfigPlace, 'traits' | 'hasTools'>,
): DemandedFormat | null {
  if (format === null || format.kind === 'text') return null
  return hasTools && !traits.takesSchemaWithTools ? format : null
}

type DemandedFormat = Exclude<OutputFormat, { kind: 'text' }>

/** The demanded form, in words. */
export function toldFormat(format: DemandedFormat): string {
  return format.kind === 'json'
    ? 'When you answer with text, answer with one JSON value and nothing else.'
    : `When you answer with text, answer with one JSON value that satisfies this JSON Schema, and nothing else: ${JSON.stringify(format.schema)}`
}

function unheardSampling({ sampling, verbosity, serviceTier, metadata }: ModelRequest): Warning[] {
  const unheard: [string, boolean][] = [
    ['min_p', sampling.minP !== null],
    ['repetition_penalty', sampling.repetitionPenalty !== null],
    ['logit_bias', sampling.logitBias !== null && Object.keys(sampling.logitBias).length > 0],
    ['verbosity', verbosity !== null && verbosity !== 'medium'],
    ['service_tier', serviceTier !== null && !/^(?:auto|default|standard)/.test(serviceTier)],
    ['metadata', metadata !== null && Object.keys(metadata).length > 0],
  ]
  const warnings = unheard
    .filter(([, isAsked]) => isAsked)
    .map(([param]): Warning => ({ param, detail: 'Gemini has no such parameter; it was left out' }))
  if (sampling.stop.length > stopSequencesMax) {
    const detail = `Gemini takes ${stopSequencesMax} stop sequences; the first ${stopSequencesMax} were set`
    warnings.push({ param: 'stop', detail })
  }
  return warnings
}
