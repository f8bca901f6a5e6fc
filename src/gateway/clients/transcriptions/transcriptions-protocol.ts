import { Buffer } from 'node:buffer'

import { costMembers } from '#contract/usage.ts'
import type { ProviderProtocolName } from '#domain/catalogue.ts'
import { isErrorBody } from '#domain/upstream-complaint.ts'
import { readForm, type FormFile } from '#gateway/canonical/form.ts'
import { invalid, isObject, listOf, numberOf, objectOf, textOf } from '#gateway/canonical/json.ts'
import { readChoice, readNumber, readText, type Place } from '#gateway/canonical/members.ts'
import {
  promptBound,
  type DecodedPlain,
  type FormField,
  type PlainAnswer,
  type PlainEncoding,
  type PlainMessage,
  type PlainProtocol,
  type ReadPlain,
} from '#gateway/canonical/plain-protocol.ts'
import type { EncodingTarget } from '#gateway/canonical/provider-protocol.ts'
import type { JsonObject } from '#gateway/canonical/request.ts'
import { endpointUrl } from '#gateway/providers/openai/endpoint-url.ts'

import { writeSubtitles } from './subtitles.ts'

const formats = ['json', 'text', 'srt', 'verbose_json', 'vtt'] as const

/** Speech to be written down. */
export interface AskedTranscription {
  readonly file: FormFile
  readonly language: string | null
  readonly prompt: string | null
  readonly format: (typeof formats)[number]
  readonly temperature: number | null
  readonly granularities: readonly string[]
}

/** What was said. */
export interface Transcription {
  readonly text: string
  /** OpenAI's `verbose_json`, where it was given. */
  readonly details: JsonObject | null
}

/**
 * `POST /v1/audio/transcriptions`. Whisper's models count seconds: a second, begun, is billed as one token
 * of the prompt's sound. They are always asked for `verbose_json`, since only that says how long it was.
 */
export const transcriptionsProtocol: PlainProtocol<AskedTranscription, Transcription> = {
  name: 'transcriptions',
  path: '/audio/transcriptions',
  read,
  bound: ({ file, prompt }, unit) => {
    if (unit === 'seconds') {
      const seconds = 1 + Math.ceil(file.bytes.length / bytesPerSecondLeast)
      return { ...promptBound(seconds), audioPrompt: true }
    }
    const soundTokens = 1536 + Math.ceil(file.bytes.length / bytesPerTokenLeast)
    return {
      ...promptBound(soundTokens + Buffer.byteLength(prompt ?? '') + 256),
      completionTokens: soundTokens,
      audioPrompt: true,
    }
  },
  promptText: ({ prompt }) => prompt ?? '',
  encode,
  decode,
  write({ value, asked }, { id, model, provider }, { cost, usage, warnings }) {
    const { text, details } = value
    if (asked.format === 'text')
      return { contentType: 'text/plain; charset=utf-8', body: `${text}\n` }
    if (asked.format === 'srt' || asked.format === 'vtt') {
      const segments = listOf(details?.['segments']).filter(isObject)
      const contentType =
        asked.format === 'vtt' ? 'text/vtt; charset=utf-8' : 'text/plain; charset=utf-8'
      return { contentType, body: writeSubtitles(segments, asked.format) }
    }
    const { usage: _usage, ...rest } = asked.format === 'verbose_json' ? { ...details } : {}
    const json = JSON.stringify({ text, ...rest, id, model, provider })
    const counts = JSON.stringify({
      type: 'tokens',
      input_tokens: usage.promptTokens,
      input_token_details: {
        audio_tokens: usage.audioPromptTokens,
        text_tokens: usage.promptTokens - usage.audioPromptTokens,
      },
      output_tokens: usage.completionTokens,
      total_tokens: usage.promptTokens + usage.completionTokens,
    })
    const costs = [...costMembers(cost)].map(([name, member]) => `"${name}":${member}`).join(',')
    const told = warnings.length === 0 ? '' : `,"codelace_metadata":${JSON.stringify({ warnings })}`
    return {
      contentType: 'application/json',
      body: `${json.slice(0, -1)},"usage":${counts.slice(0, -1)},${costs}}${told}}`,
    }
  },
}

/** The tightest codecs need some 750 bytes for a second. */
const bytesPerSecondLeast = 700
/** No model makes more tokens of a second than this. */
const bytesPerTokenLeast = 12

function read(message: PlainMessage): ReadPlain<AskedTranscription> {
  const { texts, files } = readForm(message)
  const file = files.find(({ name }) => name === 'file')
  if (!file || file.bytes.length === 0) throw invalid('file', 'is missing')
  if (texts['stream'] === true)
    throw invalid('stream', 'transcriptions are not streamed here; leave it out')
  const place: Place = { object: texts, path: '' }
  const prompt = texts['prompt']
  const granularities = texts['timestamp_granularities']
  return {
    model: readText(place, 'model'),
    provider: undefined,
    asked: {
      file,
      language: readText(place, 'language'),
      prompt:
        typeof prompt === 'number' || typeof prompt === 'boolean' ? String(prompt) : textOf(prompt),
      format: readChoice(place, 'response_format', formats) ?? 'json',
      temperature: readNumber(place, 'temperature'),
      granularities: listOf(granularities).filter((name) => typeof name === 'string'),
    },
  }
}

function encode(
  asked: AskedTranscription,
  protocol: ProviderProtocolName,
  target: EncodingTarget,
): PlainEncoding {
  if (protocol === 'gemini') return forGemini(asked, target)
  if (protocol !== 'openai' && protocol !== 'azure-openai') {
    return { kind: 'impossible', param: 'model', detail: 'This provider writes no speech down.' }
  }
  const { file, language, prompt, format, temperature, granularities } = asked
  const tellsTimes = /whisper|^sim\//.test(target.upstreamModel)
  if (!tellsTimes && format !== 'json' && format !== 'text') {
    const detail = 'This model tells no times: ask for "json" or "text".'
    return { kind: 'impossible', param: 'response_format', detail }
  }
  const fields: FormField[] = [
    { ...file, name: 'file' },
    { kind: 'text', name: 'model', value: target.upstreamModel },
    { kind: 'text', name: 'response_format', value: tellsTimes ? 'verbose_json' : 'json' },
  ]
  const add = (name: string, value: string) => fields.push({ kind: 'text', name, value })
  if (language !== null) add('language', language)
  if (prompt !== null) add('prompt', prompt)
  if (temperature !== null) add('temperature', String(temperature))
  for (const name of granularities) add('timestamp_granularities[]', name)
  const url = endpointUrl(target, '/audio/transcriptions')
  return { kind: 'encoded', calls: [{ url, message: { kind: 'form', fields } }], warnings: [] }
}

function forGemini(asked: AskedTranscription, target: EncodingTarget): PlainEncoding {
  const { file, language, prompt, format, temperature } = asked
  const { baseUrl, upstreamModel } = target
  if (format !== 'json' && format !== 'text') {
    const detail = 'This model tells no times: ask for "json" or "text".'
    return { kind: 'impossible', param: 'response_format', detail }
  }
  const spoken = language === null ? '' : ` The language is ${language}.`
  const hint = prompt === null ? '' : ` For spelling and style: ${prompt}`
  const text = `Write down exactly what is said, and nothing else.${spoken}${hint}`
  const data = Buffer.from(file.bytes).toString('base64')
  const body = {
    contents: [
      { role: 'user', parts: [{ inlineData: { mimeType: file.mediaType, data } }, { text }] },
    ],
    ...(temperature === null ? {} : { generationConfig: { temperature } }),
  }
  const url = `${baseUrl.replace(/\/+$/, '')}/models/${encodeURIComponent(upstreamModel)}:generateContent`
  return { kind: 'encoded', calls: [{ url, message: { kind: 'json', body } }], warnings: [] }
}

function decode([answer]: readonly PlainAnswer[]): DecodedPlain<Transcription> {
  const body = answer?.body
  if (isErrorBody(body)) return { kind: 'error', body }
  if (!isObject(body)) return { kind: 'unreadable', detail: 'it is not JSON' }
  const told = textOf(body['text'])
  if (told !== null)
    return { kind: 'answer', value: { text: told, details: body }, usage: usageOf(body) }
  const [candidate] = listOf(body['candidates'])
  const parts = listOf(objectOf(objectOf(candidate)['content'])['parts']).filter(isObject)
  const text = parts
    .map((part) => (part['thought'] === true ? '' : (textOf(part['text']) ?? '')))
    .join('')
  if (!isObject(candidate)) return { kind: 'unreadable', detail: 'it holds no transcript' }
  return { kind: 'answer', value: { text: text.trim(), details: null }, usage: geminiUsage(body) }
}

/** Tokens, or seconds. */
function usageOf(body: JsonObject): JsonObject | null {
  const usage = objectOf(body['usage'])
  const input = numberOf(usage['input_tokens'])
  if (input !== null) {
    const details = objectOf(usage['input_token_details'])
    return {
      prompt_tokens: input,
      completion_tokens: numberOf(usage['output_tokens']) ?? 0,
      prompt_tokens_details: { audio_tokens: numberOf(details['audio_tokens']) ?? 0 },
    }
  }
  const duration = numberOf(usage['seconds']) ?? numberOf(Number(body['duration'] ?? Number.NaN))
  if (duration === null || duration < 0) return null
  const seconds = Math.max(1, Math.ceil(duration))
  return {
    prompt_tokens: seconds,
    completion_tokens: 0,
    prompt_tokens_details: { audio_tokens: seconds },
  }
}

function geminiUsage(body: JsonObject): JsonObject | null {
  const told = body['usageMetadata']
  if (!isObject(told)) return null
  const sound = listOf(told['promptTokensDetails'])
    .filter(isObject)
    .find((item) => item['modality'] === 'AUDIO')
  return {
    prompt_tokens: numberOf(told['promptTokenCount']) ?? 0,
    completion_tokens:
      (numberOf(told['candidatesTokenCount']) ?? 0) + (numberOf(told['thoughtsTokenCount']) ?? 0),
    prompt_tokens_details: { audio_tokens: numberOf(sound?.['tokenCount']) ?? 0 },
  }
}
