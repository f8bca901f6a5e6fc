import { Buffer } from 'node:buffer'

/** A vector as the numbers that it was sent as, or as the base64 of its 32-bit floats. */
export type Vector = readonly number[] | string

/** As numbers. Undefined for what is no vector. */
export function toNumbers(vector: unknown): readonly number[] | undefined {
  if (typeof vector === 'string') {
    const bytes = Buffer.from(vector, 'base64')
    if (bytes.length === 0 || bytes.length % 4 !== 0) return undefined
    const floats = Array.from({ length: bytes.length / 4 }, (_, index) =>
      bytes.readFloatLE(index * 4),
    )
    // Bytes that mean something else (whole numbers of eight bits) soon give what is no number.
    return floats.every(Number.isFinite) ? floats : undefined
  }
  return isNumbers(vector) ? vector : undefined
}

/** As base64 of 32-bit floats, least byte first: what OpenAI's clients ask for. */
export function toBase64(vector: Vector): string {
  if (typeof vector === 'string') return vector
  const bytes = Buffer.alloc(vector.length * 4)
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * 4)
  return bytes.toString('base64')
}

function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'number')
}
