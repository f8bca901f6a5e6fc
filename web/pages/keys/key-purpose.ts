import type { Key, NewKey } from './key-calls.ts'

/** What a key is for. */
export type KeyPurpose = 'models' | 'keys' | 'both'

/** What can be chosen for a new key. */
export const keyPurposes = [
  { value: 'models', label: 'Ask models' },
  { value: 'keys', label: 'Make keys' },
  { value: 'both', label: 'Both' },
] as const satisfies readonly { value: KeyPurpose; label: string }[]

/** What each means, in a sentence. */
export const purposeWords: Readonly<Record<KeyPurpose, string>> = {
  models: 'For programs that ask models and read what they used.',
  keys: 'A management key makes, changes and revokes keys under /v1/keys, for customers of yours or for each deployment. It asks no models. Making one takes a fresh proof.',
  both: 'A management key that asks models too. Whoever holds it can lift its own limits: better two keys. Making one takes a fresh proof.',
}

/** The scopes of a key for this; undefined: the usual ones. */
export function scopesOf(purpose: KeyPurpose): NewKey['scopes'] {
  switch (purpose) {
    case 'models':
      return undefined
    case 'keys':
      return ['manage_keys']
    case 'both':
      return ['inference', 'read_usage', 'manage_keys']
    default:
      return purpose satisfies never
  }
}

/** True for a key that makes and ends others. */
export function managesKeys({ scopes }: Pick<Key, 'scopes'>): boolean {
  return scopes.includes('manage_keys')
}

/** Where a key comes from. */
export interface KeyOrigin {
  readonly words: string
  /** The key that made it, where that is known. */
  readonly keyId: Key['id'] | null
}

/** Where a key comes from, when no person made it on this page; null: one did. */
export function originOf(
  { app, created_by: maker }: Pick<Key, 'app' | 'created_by'>,
  keys: readonly Pick<Key, 'id' | 'name'>[],
): KeyOrigin | null {
  if (app !== null) return { words: `for the app ${app}`, keyId: null }
  const key = keys.find(({ id }) => id === maker)
  if (key !== undefined) return { words: `made by the key ${key.name}`, keyId: key.id }
  return maker?.startsWith('key_') === true ? { words: 'made by a program', keyId: null } : null
}
