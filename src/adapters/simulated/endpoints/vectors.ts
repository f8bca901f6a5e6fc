import { splitTokens } from '#adapters/simulated/words.ts'

/** How many numbers a vector has unless the request says otherwise. */
export const dimensionsUsual = 256
/** The most numbers that a request may ask for. */
export const dimensionsMax = 4096
/** What of a text its vector comes from: what stands behind it changes nothing. */
const textLengthMax = 2_000
const wordsMax = 100
/** In how many places a word is felt. */
const placesPerWord = 16
/** How much of a vector belongs to the text alone, and not to its words. */
const ownShare = 0.05

/** The vector of a text, of length one. The more words two texts share, the nearer they are. */
export function vectorOf(text: string, dimensions: number): Float32Array {
  const words = splitTokens(text.slice(0, textLengthMax)).map((word) => word.trim().toLowerCase())
  return unitVector(words, dimensions)
}

/** The vector of tokens of a tokenizer: as if each were a word. */
export function vectorOfTokens(tokens: readonly number[], dimensions: number): Float32Array {
  return unitVector(tokens.slice(0, wordsMax).map(String), dimensions)
}

/** How near two vectors of length one are: 1 the same, 0 nothing in common. */
export function nearness(left: Float32Array, right: Float32Array): number {
  return left.reduce((sum, value, at) => sum + value * (right[at] ?? 0), 0)
}

function unitVector(words: readonly string[], dimensions: number): Float32Array {
  const sum = new Float32Array(dimensions)
  const seen = words.slice(0, wordsMax)
  let own = hashOf(seen.join(' '))
  for (let at = 0; at < dimensions; at += 1) {
    own = nextOf(own)
    sum[at] = ownShare * (own / 0x1_0000_0000 - 0.5)
  }
  for (const word of seen) {
    let state = hashOf(word)
    for (let count = 0; count < placesPerWord; count += 1) {
      state = nextOf(state)
      const place = state % dimensions
      state = nextOf(state)
      sum[place] = (sum[place] ?? 0) + state / 0x1_0000_0000 - 0.5
    }
  }
  const length = Math.sqrt(sum.reduce((total, value) => total + value * value, 0))
  return sum.map((value) => value / length)
}

/** FNV-1a, of 32 bits. */
function hashOf(word: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < word.length; at += 1) {
    hash = Math.imul(hash ^ word.charCodeAt(at), 0x01000193) >>> 0
  }
  return hash
}

/** The next number of a sequence that looks random: one step of mulberry32. */
function nextOf(state: number): number {
  const next = (state + 0x6d2b79f5) >>> 0
  const mixed = Math.imul(next ^ (next >>> 15), next | 1)
  return (mixed ^ (mixed >>> 14)) >>> 0
}
