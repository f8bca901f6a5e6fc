import { Fault } from '#domain/faults.ts'

/** When a key is to end by itself; null: never. Throws a fault for a moment that is past. */
export function readExpiry(text: string | null, nowMs: number): Date | null {
  if (text === null) return null
  const expiresAt = new Date(text)
  if (expiresAt.getTime() > nowMs) return expiresAt
  const detail = `expires_at: "${expiresAt.toISOString()}" is in the past.`
  throw new Fault('invalid_request', { param: 'expires_at', details: { detail } })
}
