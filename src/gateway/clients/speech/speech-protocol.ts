import { Buffer } from 'node:buffer'

import type { ProviderProtocolName } from '#domain/catalogue.ts'
import { isErrorBody } from '#domain/upstream-complaint.ts'
import { invalid, isObject, listOf, numberOf, objectOf, textOf } from '#gateway/canonical/json.ts'
import { readChoice, readNumber, readText, type Place } from '#gateway/canonical/members.ts'
import {
  promptBound,
  type DecodedPlain,
  type PlainAnswer,
  type PlainEncoding,
  type PlainMessage,
  type PlainProtocol,
  type ReadPlain,
} from '#gateway/canonical/plain-protocol.ts'
import type { EncodingTarget } from '#gateway/canonical/provider-protocol.ts'
import type { Warning } from '#gateway/canonical/request.ts'
import { endpointUrl } from '#gateway/providers/openai/endpoint-url.ts'

const formats = ['mp3', 'opus', 'aac', 'flac', 'wav', 'pcm'] as const

/** A text to be spoken. */
export interface AskedSpeech {
  readonly input: string
  readonly voice: string
  readonly instructions: string | null
  readonly format: (typeof formats)[number] | null
  readonly speed: number | null
}

/** What was spoken. */
export interface Speech {
  readonly bytes: Uint8Array
  readonly contentType: string
}

/**
 * `POST /v1/audio/speech`. Where a provider counts nothing, a character is billed as one token of the
 * prompt: that is how speech is priced.
 */
export const speechProtocol: PlainProtocol<AskedSpeech, Speech> = {
  name: 'speech',
  path: '/audio/speech',
  read,
  bound: (asked, unit) => {
    if (unit === 'characters') return promptBound(charactersOf(asked))
    const { input, instructions } = asked
    return {
      ...promptBound(Buffer.byteLength(input) + Buffer.byteLength(instructions ?? '') + 256),
      // The slowest speech makes some 50 tokens of sound of one letter.
      completionTokens: Buffer.byteLength(input) * 50,
      audioCompletion: true,
    }
  },
  promptText: ({ input }) => input,
  encode,
  decode,
  write: ({ value }) => ({ contentType: value.contentType, body: value.bytes }),
}

const inputCharactersMax = 100_000

function read(message: PlainMessage): ReadPlain<AskedSpeech> {
  if (message.kind !== 'json') throw invalid('body', 'expected JSON')
  const { body } = message
  const place: Place = { object: body, path: '' }
  const input = readText(place, 'input')
  if (input === null || input === '') throw invalid('input', 'is missing')
  if (input.length > inputCharactersMax) {
    throw invalid('input', `is ${input.length} characters long; the most is ${inputCharactersMax}`)
  }
  if (readText(place, 'stream_format') === 'sse') {
    throw invalid('stream_format', 'only "audio" is given here')
  }
  const voice = body['voice']
  const name = isObject(voice) ? textOf(voice['id']) : readText(place, 'voice')
  if (name === null || name === '') throw invalid('voice', 'is missing')
  const speed = readNumber(place, 'speed')
  if (speed !== null && !(speed >= 0.25 && speed <= 4)) throw invalid('speed', 'expected 0.25 to 4')
  return {
    model: readText(place, 'model'),
    provider: body['provider'],
    asked: {
      input,
      voice: name,
      instructions: readText(place, 'instructions'),
      format: readChoice(place, 'response_format', formats),
      speed,
    },
  }
}

function encode(
  asked: AskedSpeech,
  protocol: ProviderProtocolName,
  target: EncodingTarget,
): PlainEncoding {
  const { input, voice, instructions, format, speed } = asked
  if (protocol === 'gemini') return forGemini(asked, target)
  if (protocol !== 'openai' && protocol !== 'azure-openai') {
    return { kind: 'impossible', param: 'model', detail: 'This provider does not speak.' }
  }
  const body = {
    model: target.upstreamModel,
    input,
    voice,
    ...(instructions === null ? {} : { instructions }),
    ...(format === null ? {} : { response_format: format }),
    ...(speed === null ? {} : { speed }),
  }
  const url = endpointUrl(target, '/audio/speech')
  return { kind: 'encoded', calls: [{ url, message: { kind: 'json', body } }], warnings: [] }
}

/** OpenAI's voices, which Gemini has not. */
const openaiVoices =
  /^(?:alloy|ash|ballad|coral|echo|fable|nova|onyx|sage|shimmer|verse|marin|cedar)$/

function forGemini(asked: AskedSpeech, { baseUrl, upstreamModel }: EncodingTarget): PlainEncoding {
  const { input, voice, instructions, format, speed } = asked
  if (format !== null && format !== 'wav' && format !== 'pcm') {
    return {
      kind: 'impossible',
      param: 'response_format',
      detail: 'This provider gives "wav" and "pcm".',
    }
  }
  const warnings: Warning[] = []
  if (format === null) warnings.push({ param: 'response_format', detail: 'The sound is "wav".' })
  if (speed !== null && speed !== 1) {
    warnings.push({ param: 'speed', detail: 'This provider cannot be told how fast to speak.' })
  }
  const isForeign = openaiVoices.test(voice)
  if (isForeign)
    warnings.push({ param: 'voice', detail: 'This provider has no such voice: "Kore" speaks.' })
  const body = {
    contents: [
      {
        role: 'user',
        parts: [{ text: instructions === null ? input : `${instructions}:\n${input}` }],
      },
    ],
    generationConfig: {
      responseModalities: ['AUDIO'],
      speechConfig: {
        voiceConfig: { prebuiltVoiceConfig: { voiceName: isForeign ? 'Kore' : voice } },
      },
    },
  }
  const url = `${baseUrl.replace(/\/+$/, '')}/models/${encodeURIComponent(upstreamModel)}:generateContent`
  return { kind: 'encoded', calls: [{ url, message: { kind: 'json', body } }], warnings }
}

function decode([answer]: readonly PlainAnswer[], asked: AskedSpeech): DecodedPlain<Speech> {
  if (!answer) return { kind: 'unreadable', detail: 'there is no answer' }
  const { body, bytes, contentType } = answer
  if (isErrorBody(body)) return { kind: 'error', body }
  if (isObject(body)) return fromGemini(body, asked)
  if (bytes.length === 0) return { kind: 'unreadable', detail: 'it is silent' }
  return {
    kind: 'answer',
    value: { bytes, contentType: contentType || 'audio/mpeg' },
    usage: { prompt_tokens: charactersOf(asked), completion_tokens: 0 },
  }
}

function charactersOf({ input, instructions }: AskedSpeech): number {
  return Array.from(input).length + Array.from(instructions ?? '').length
}

/** Gemini gives bare samples of 16 bits. */
function fromGemini(
  body: Readonly<Record<string, unknown>>,
  asked: AskedSpeech,
): DecodedPlain<Speech> {
  const [candidate] = listOf(body['candidates'])
  const [part] = listOf(objectOf(objectOf(candidate)['content'])['parts'])
  const sound = objectOf(objectOf(part)['inlineData'])
  const data = textOf(sound['data'])
  if (data === null || data === '') return { kind: 'unreadable', detail: 'it holds no sound' }
  const samples = Buffer.from(data, 'base64')
  const rate = Number(/rate=(\d+)/.exec(textOf(sound['mimeType']) ?? '')?.[1] ?? 24_000)
  const isBare = asked.format === 'pcm'
  const told = objectOf(body['usageMetadata'])
  const output = numberOf(told['candidatesTokenCount']) ?? 0
  const usage = {
    prompt_tokens: numberOf(told['promptTokenCount']) ?? 0,
    completion_tokens: output,
    completion_tokens_details: { audio_tokens: output },
  }
  return {
    kind: 'answer',
    value: {
      bytes: isBare ? samples : Buffer.concat([waveHead(samples.length, rate), samples]),
      contentType: isBare ? 'audio/pcm' : 'audio/wav',
    },
    usage: isObject(body['usageMetadata']) ? usage : null,
  }
}

function waveHead(byteCount: number, rate: number): Buffer {
  const head = Buffer.alloc(44)
  head.write('RIFF', 0)
  head.writeUInt32LE(36 + byteCount, 4)
  head.write('WAVEfmt ', 8)
  head.writeUInt32LE(16, 16)
  head.writeUInt16LE(1, 20)
  head.writeUInt16LE(1, 22)
  head.writeUInt32LE(rate, 24)
  head.writeUInt32LE(rate * 2, 28)
  head.writeUInt16LE(2, 32)
  head.writeUInt16LE(16, 34)
  head.write('data', 36)
  head.writeUInt32LE(byteCount, 40)
  return head
}
