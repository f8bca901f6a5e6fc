import { createCipheriv, createDecipheriv, randomBytes, type KeyObject } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'

import { pooledRandom } from '#domain/pooled-random.ts'
import { VaultError } from '#ports/content-vault.ts'

/** Bytes of a random nonce of AES-GCM. */
const nonceBytes = 12
/** Bytes of an authentication tag of AES-GCM. */
const tagBytes = 16
/** More than this is encrypted in slices, with a turn of the event loop between them. */
const sliceBytes = 1024 * 1024

const freshBytes = pooledRandom(randomBytes)

/** What to encrypt, and what the ciphertext is bound to. */
export interface Plaintext {
  readonly key: KeyObject
  /** Not encrypted, but authenticated: opening with another context fails. */
  readonly context: string
  readonly bytes: Uint8Array
}

/** Encrypts with AES-256-GCM under a fresh random nonce: nonce, ciphertext and tag in one piece. */
export async function encrypt({ key, context, bytes }: Plaintext): Promise<Uint8Array> {
  const nonce = freshBytes(nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
  cipher.setAAD(Buffer.from(context))
  const parts: Uint8Array[] = [nonce]
  for (let start = 0; start < bytes.length; start += sliceBytes) {
    if (start > 0) await nextTurn()
    parts.push(cipher.update(bytes.subarray(start, start + sliceBytes)))
  }
  parts.push(cipher.final(), cipher.getAuthTag())
  return Buffer.concat(parts)
}

/** Undoes `encrypt`. Throws `VaultError` when the key, the context or any bit differs. */
export function decrypt({ key, context, bytes }: Plaintext): Uint8Array {
  if (bytes.length < nonceBytes + tagBytes) throw new VaultError('the sealed bytes are cut short')
  const tagStart = bytes.length - tagBytes
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes), {
    authTagLength: tagBytes,
  })
  decipher.setAAD(Buffer.from(context))
  decipher.setAuthTag(bytes.subarray(tagStart))
  const opened = decipher.update(bytes.subarray(nonceBytes, tagStart))
  try {
    return Buffer.concat([opened, decipher.final()])
  } catch (cause) {
    throw new VaultError('the sealed bytes were altered, moved, or sealed under another key', {
      cause,
    })
  }
}
