import { notice } from '#adapters/simulated/answer.ts'
import { refuse } from '#adapters/simulated/refusal.ts'
import { countTokens } from '#adapters/simulated/words.ts'

import { type Asked, type EndpointAnswer, jsonAnswer } from './asked.ts'
import { readWave } from './sounds.ts'

const tokensPerSecond = 10
/** What a second of sound of another kind is taken to need. */
const bytesPerSecondUsual = 16_000

/**
 * `POST /audio/transcriptions`: the words that a file of `sim/speech` carries; of any other file, how long
 * it is.
 */
export function transcriptions({ body, files }: Asked): EndpointAnswer {
  const file = files.find(({ name }) => name === 'file')
  if (!file || file.bytes.length === 0) return { refusal: refuse('"file" is missing.', 'file') }
  const wave = readWave(file.bytes)
  const seconds = wave?.seconds ?? file.bytes.length / bytesPerSecondUsual
  const heard = wave?.words ?? `It heard ${file.bytes.length} bytes of sound.`
  const text = `${notice} ${wave?.words ? `It heard: ${heard}` : heard}`
  const audioTokens = Math.max(1, Math.ceil(seconds * tokensPerSecond))
  const usage = {
    type: 'tokens',
    input_tokens: audioTokens,
    input_token_details: { audio_tokens: audioTokens, text_tokens: 0 },
    output_tokens: countTokens(text),
    total_tokens: audioTokens + countTokens(text),
  }
  switch (body['response_format'] ?? 'json') {
    case 'json':
      return jsonAnswer({ text, usage })
    case 'text':
      return { contentType: 'text/plain; charset=utf-8', data: `${text}\n` }
    case 'verbose_json': {
      const segment = { id: 0, seek: 0, start: 0, end: seconds, text, tokens: [], temperature: 0 }
      const task = { task: 'transcribe', language: 'english', duration: seconds }
      return jsonAnswer({ ...task, text, segments: [segment], usage })
    }
    default: {
      const message = 'The simulated transcripts are "json", "text" and "verbose_json".'
      return { refusal: refuse(message, 'response_format') }
    }
  }
}
