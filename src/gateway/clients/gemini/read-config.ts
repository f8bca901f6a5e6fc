import { invalid, textOf } from '#gateway/canonical/json.ts'
import type {
  JsonObject,
  OutputFormat,
  ReasoningEffort,
  ReasoningWish,
  Sampling,
  Warning,
} from '#gateway/canonical/request.ts'

import { plainSchema } from './plain-schema.ts'
import { camelName, countAt, listAt, member, numberAt, objectAt, textAt } from './proto-json.ts'

/** What `generationConfig` says, apart from sampling. */
export interface ReadConfig {
  readonly sampling: Sampling
  readonly maxOutputTokens: number | null
  readonly format: OutputFormat | null
  readonly reasoning: ReasoningWish | null
  readonly outputModalities: readonly string[] | null
  readonly audioOutput: JsonObject | null
}

/** Settings that have a place in the common form. */
const known: ReadonlySet<string> = new Set([
  'temperature',
  'topP',
  'topK',
  'seed',
  'stopSequences',
  'presencePenalty',
  'frequencyPenalty',
  'candidateCount',
  'responseLogprobs',
  'logprobs',
  'maxOutputTokens',
  'responseMimeType',
  'responseSchema',
  'responseJsonSchema',
  'thinkingConfig',
  'responseModalities',
  'speechConfig',
])

const place = 'generationConfig'

/** Reads `generationConfig`; settings that only Gemini knows are left over. */
export function readConfig(value: unknown, leftovers: Warning[]): ReadConfig {
  const config = objectAt(value, place) ?? {}
  for (const name of Object.keys(config).map(camelName)) {
    if (known.has(name)) continue
    leftovers.push({ param: `${place}.${name}`, detail: 'only Gemini knows this setting' })
  }
  const modalities = listAt(member(config, 'responseModalities'), `${place}.responseModalities`)
  return {
    sampling: samplingOf(config),
    maxOutputTokens: countAt(member(config, 'maxOutputTokens'), `${place}.maxOutputTokens`, 1),
    format: formatOf(config, leftovers),
    reasoning: reasoningOf(member(config, 'thinkingConfig')),
    outputModalities:
      modalities.length === 0 ? null : modalities.map((one) => String(textOf(one)).toLowerCase()),
    audioOutput: voiceOf(member(config, 'speechConfig')),
  }
}

function samplingOf(config: JsonObject): Sampling {
  const number = (name: string) => numberAt(member(config, name), `${place}.${name}`)
  const stop = listAt(member(config, 'stopSequences'), `${place}.stopSequences`)
  return {
    temperature: number('temperature'),
    topP: number('topP'),
    topK: number('topK'),
    minP: null,
    seed: number('seed'),
    stop: stop.map((text, index) => {
      const word = textAt(text, `${place}.stopSequences[${index}]`)
      return word ?? ''
    }),
    presencePenalty: number('presencePenalty'),
    frequencyPenalty: number('frequencyPenalty'),
    repetitionPenalty: null,
    logitBias: null,
    logprobs: member(config, 'responseLogprobs') === true ? true : null,
    topLogprobs: number('logprobs'),
    choiceCount: countAt(member(config, 'candidateCount'), `${place}.candidateCount`, 1),
  }
}

function formatOf(config: JsonObject, leftovers: Warning[]): OutputFormat | null {
  const mimeType = textAt(member(config, 'responseMimeType'), `${place}.responseMimeType`)
  const plain = member(config, 'responseSchema')
  const schema =
    member(config, 'responseJsonSchema') ?? (plain === undefined ? undefined : plainSchema(plain))
  if (mimeType === 'application/json' && schema === undefined) return { kind: 'json' }
  if (schema === undefined || mimeType === 'text/x.enum') {
    if (mimeType !== null && mimeType !== 'text/plain') {
      const detail = `only Gemini answers in the form "${mimeType}"`
      leftovers.push({ param: `${place}.responseMimeType`, detail })
    }
    return null
  }
  const object = objectAt(schema, `${place}.responseSchema`) ?? {}
  return { kind: 'schema', name: null, description: null, schema: object, strict: null }
}

const efforts: ReadonlySet<string> = new Set<ReasoningEffort>([
  'minimal',
  'low',
  'medium',
  'high',
  'xhigh',
])

/** Thoughts are shown to those who ask for them, and to nobody else. */
function reasoningOf(value: unknown): ReasoningWish | null {
  const param = `${place}.thinkingConfig`
  const config = objectAt(value, param)
  if (config === undefined) return null
  const budget = numberAt(member(config, 'thinkingBudget'), `${param}.thinkingBudget`)
  const level = textAt(member(config, 'thinkingLevel'), `${param}.thinkingLevel`)?.toLowerCase()
  const isNamed = level !== undefined && level !== 'thinking_level_unspecified'
  if (isNamed && !efforts.has(level)) {
    throw invalid(`${param}.thinkingLevel`, 'it must be MINIMAL, LOW, MEDIUM or HIGH')
  }
  if (budget !== null && (!Number.isSafeInteger(budget) || budget < -1)) {
    throw invalid(`${param}.thinkingBudget`, 'it must be -1, 0 or a number of tokens')
  }
  return {
    enabled: budget === 0 ? false : null,
    effort: isNamed ? (level as ReasoningEffort) : null,
    budgetTokens: budget !== null && budget > 0 ? budget : null,
    isAdaptive: budget === -1,
    summary: null,
    isHidden: member(config, 'includeThoughts') !== true,
  }
}

function voiceOf(value: unknown): JsonObject | null {
  const speech = objectAt(value, `${place}.speechConfig`)
  if (speech === undefined) return null
  const voice = objectAt(member(speech, 'voiceConfig'), `${place}.speechConfig.voiceConfig`) ?? {}
  const prebuilt = objectAt(member(voice, 'prebuiltVoiceConfig'), `${place}.speechConfig`) ?? {}
  return { voice: textOf(member(prebuilt, 'voiceName')), format: 'pcm16' }
}
