/** What a provider lets the ids of tool calls be. */
export interface CallIdRule {
  readonly pattern: RegExp
  /** The most letters. */
  readonly lengthMax: number
}

const prefix = 'clc_'

/**
 * An id that the provider accepts: the id itself where it may stand as it is, otherwise its bytes in
 * letters that everybody takes, so that different ids stay different; one too long for that becomes a
 * digest of it. The same id always gives the same text.
 */
export function callIdFor(id: string, { pattern, lengthMax }: CallIdRule): string {
  if (id.length > 0 && id.length <= lengthMax && pattern.test(id) && !id.startsWith(prefix)) {
    return id
  }
  const written = prefix + Buffer.from(id, 'utf8').toString('hex')
  const fits = written.length <= lengthMax && pattern.test(written)
  return fits ? written : digestOf(id, lengthMax)
}

/** The id that `callIdFor` wrote so; anything else, and a digest, as it is. */
export function originalCallId(written: string): string {
  if (!written.startsWith(prefix)) return written
  const id = Buffer.from(written.slice(prefix.length), 'hex').toString('utf8')
  return prefix + Buffer.from(id, 'utf8').toString('hex') === written ? id : written
}

const letters = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'

/** Two runs of the 53-bit hash `cyrb53`, in letters and digits; no secret depends on it. */
function digestOf(id: string, length: number): string {
  let text = ''
  for (let seed = 0; text.length < Math.min(length, 32); seed += 1) {
    let rest = hash53(id, seed)
    for (let letter = 0; letter < 9; letter += 1) {
      text += letters[rest % letters.length] ?? ''
      rest = Math.floor(rest / letters.length)
    }
  }
  return text.slice(0, Math.min(length, 32))
}

function hash53(text: string, seed: number): number {
  let high = 0xdeadbeef ^ seed
  let low = 0x41c6ce57 ^ seed
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    high = Math.imul(high ^ code, 2654435761)
    low = Math.imul(low ^ code, 1597334677)
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909)
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909)
  return 4294967296 * (2097151 & low) + (high >>> 0)
}
