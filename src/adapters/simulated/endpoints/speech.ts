import { refuse } from '#adapters/simulated/refusal.ts'
import { splitTokens } from '#adapters/simulated/words.ts'

import type { Asked, EndpointAnswer } from './asked.ts'
import { silentMp3, tones, waveFile } from './sounds.ts'

const secondsPerWord = 0.25
const wordsMax = 80
/** The words that a file carries in its comment, in letters. */
const commentLengthMax = 4_000

/**
 * `POST /audio/speech`: a tone for each of the first words. `wav` (also where nothing is said) and `pcm`
 * can be heard, `mp3` is as long and silent.
 */
export function speech({ body }: Asked): EndpointAnswer {
  const { input, response_format: format = 'wav' } = body
  if (typeof input !== 'string' || input === '') {
    return { refusal: refuse('"input" must be a text.', 'input') }
  }
  const speed = body['speed'] ?? 1
  if (typeof speed !== 'number' || !(speed >= 0.25 && speed <= 4)) {
    return { refusal: refuse('"speed" must be from 0.25 to 4.', 'speed') }
  }
  const words = splitTokens(input.slice(0, 10_000)).slice(0, wordsMax)
  const seconds = secondsPerWord / speed
  switch (format) {
    case 'wav': {
      const data = waveFile(tones(words, seconds), input.slice(0, commentLengthMax).toWellFormed())
      return { contentType: 'audio/wav', data }
    }
    case 'pcm':
      return { contentType: 'audio/pcm', data: tones(words, seconds) }
    case 'mp3':
      return { contentType: 'audio/mpeg', data: silentMp3(words.length * seconds) }
    default: {
      const message = 'The simulated voice gives "wav", "pcm" and (silent) "mp3".'
      return { refusal: refuse(message, 'response_format') }
    }
  }
}
