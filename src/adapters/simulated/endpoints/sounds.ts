const samplesPerSecond = 24_000
const bytesPerSample = 2
const headBytes = 44

/** Bare samples: one tone for each word, of the same length, with a short pause behind it. */
export function tones(words: readonly string[], secondsPerWord: number): Buffer {
  const perWord = Math.floor(samplesPerSecond * secondsPerWord)
  const samples = Buffer.alloc(words.length * perWord * bytesPerSample)
  const loud = Math.floor(perWord * 0.8)
  for (const [place, word] of words.entries()) {
    const step = (2 * Math.PI * (220 + 20 * (word.trim().length % 24))) / samplesPerSecond
    for (let at = 0; at < loud; at += 1) {
      // Up and down softly, so that nothing clicks.
      const volume = Math.min(1, at / 400, (loud - at) / 400)
      const value = Math.round(Math.sin(at * step) * 6_000 * volume)
      samples.writeInt16LE(value, (place * perWord + at) * bytesPerSample)
    }
  }
  return samples
}

/** A WAV file of bare samples. The words travel in its comment, where `spokenWords` finds them. */
export function waveFile(samples: Buffer, words: string): Buffer {
  const comment = Buffer.from(`${words}\0${Buffer.byteLength(words) % 2 === 0 ? '\0' : ''}`)
  const info = Buffer.concat([
    Buffer.from('INFO'),
    sized('ICMT', comment),
    sized('ISFT', Buffer.from('codelace, simulated\0')),
  ])
  const format = Buffer.alloc(16)
  format.writeUInt16LE(1, 0)
  format.writeUInt16LE(1, 2)
  format.writeUInt32LE(samplesPerSecond, 4)
  format.writeUInt32LE(samplesPerSecond * bytesPerSample, 8)
  format.writeUInt16LE(bytesPerSample, 12)
  format.writeUInt16LE(8 * bytesPerSample, 14)
  const body = Buffer.concat([
    Buffer.from('WAVE'),
    sized('fmt ', format),
    sized('LIST', info),
    sized('data', samples),
  ])
  return sized('RIFF', body)
}

function sized(name: string, body: Buffer): Buffer {
  const head = Buffer.alloc(8)
  head.write(name, 0, 'latin1')
  head.writeUInt32LE(body.length, 4)
  return Buffer.concat([head, body])
}

const frameBytes = 417
/** 1,152 samples at 44.1 kHz. */
const framesPerSecond = 38

/** Silence as an MP3 file (MPEG-1, 128 kbit/s): players read it, and there is nothing to hear. */
export function silentMp3(seconds: number): Buffer {
  const frame = Buffer.alloc(frameBytes)
  frame.writeUInt32BE(0xff_fb_90_64, 0)
  const count = Math.max(1, Math.ceil(seconds * framesPerSecond))
  return Buffer.concat(Array.from({ length: count }, () => frame))
}

/** How long a WAV file plays, and the words in its comment; undefined: it is none. */
export function readWave(file: Buffer): { seconds: number; words: string | null } | undefined {
  if (file.length < headBytes || !/^RIFF.{4}WAVE/s.test(file.toString('latin1', 0, 12))) {
    return undefined
  }
  let bytesPerSecond = 0
  let seconds = 0
  let words: string | null = null
  for (let at = 12; at + 8 <= file.length;) {
    const name = file.toString('latin1', at, at + 4)
    const length = file.readUInt32LE(at + 4)
    const body = file.subarray(at + 8, at + 8 + length)
    if (name === 'fmt ' && body.length >= 12) bytesPerSecond = body.readUInt32LE(8)
    if (name === 'data' && bytesPerSecond > 0) seconds = body.length / bytesPerSecond
    if (name === 'LIST') words = commentIn(body) ?? words
    at += 8 + length + (length % 2)
  }
  return { seconds, words }
}

function commentIn(list: Buffer): string | undefined {
  const at = list.indexOf('ICMT')
  if (at === -1 || at + 8 > list.length) return undefined
  const length = list.readUInt32LE(at + 4)
  return list.toString('utf8', at + 8, at + 8 + length).replace(/\0+$/, '')
}
