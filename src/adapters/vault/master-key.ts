import { createSecretKey, hash, type KeyObject } from 'node:crypto'

/** The key that wraps the data keys of accounts. The id says which one wrapped what; it is no secret. */
export interface MasterKey {
  readonly id: string
  readonly key: KeyObject
}

/** `current` wraps; `older` only opens what it wrapped, until everything is wrapped anew. */
export interface MasterKeys {
  readonly current: MasterKey
  readonly older: readonly MasterKey[]
}

/** A master key that is absent or cannot be used. The message is a whole sentence for the operator. */
export class MasterKeyError extends Error {
  override readonly name = 'MasterKeyError'
}

/** Bytes of a master key, and of an account's data key. */
export const keyBytes = 32

/** A master key from its 32 bytes. The same bytes always have the same id. */
export function makeMasterKey(bytes: Uint8Array): MasterKey {
  const id = hash('sha256', Buffer.concat([Buffer.from('codelace master key id\0'), bytes]), 'hex')
  return { id: `master_${id.slice(0, 16)}`, key: createSecretKey(bytes) }
}

/**
 * Reads keys of 32 bytes in base64, separated by commas or white space; the first one is current.
 * `source` names where the text came from. Throws `MasterKeyError`, which never holds any of the text.
 */
export function parseMasterKeys(text: string, source: string): MasterKeys {
  const keys = text
    .split(/[\s,]+/)
    .filter((part) => part !== '')
    .map((part) => parseOne(part, source))
  const [current, ...older] = keys
  if (current === undefined) throw new MasterKeyError(`${source} is empty. ${howToMake}`)
  return { current, older }
}

const howToMake = 'Make a key with: openssl rand -base64 32'

function parseOne(text: string, source: string): MasterKey {
  const bytes = Buffer.from(text, 'base64')
  const withoutPadding = text.replace(/=+$/, '').replace(/-/g, '+').replace(/_/g, '/')
  const isBase64 = bytes.toString('base64').replace(/=+$/, '') === withoutPadding
  if (!isBase64 || bytes.length !== keyBytes) {
    throw new MasterKeyError(`${source} must be 32 bytes in base64 (44 characters). ${howToMake}`)
  }
  return makeMasterKey(bytes)
}

/** The key with this id, or undefined. */
export function findMasterKey(keys: MasterKeys, id: string): MasterKey | undefined {
  if (keys.current.id === id) return keys.current
  return keys.older.find((key) => key.id === id)
}
