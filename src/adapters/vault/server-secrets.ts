import { createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'

import { assert } from '#domain/faults.ts'
import { VaultError } from '#ports/content-vault.ts'
import { SealError, type ServerSecrets } from '#ports/server-secrets.ts'

import { decrypt, encrypt } from './cipher.ts'
import { keyBytes, type MasterKeys } from './master-key.ts'

/**
 * Keys of the installation, derived from its master key: one for each purpose, so that none can be used in
 * another's place. What an older master key sealed can still be opened; keyed hashes are of the current
 * one, so a change of the master key ends the codes under way.
 */
export function createServerSecrets({ current, older }: MasterKeys): ServerSecrets {
  const hashKeys = new Map<string, KeyObject>()
  const hashKeyOf = (purpose: string): KeyObject => {
    const known = hashKeys.get(purpose)
    if (known !== undefined) return known
    const made = derive(current.key, `codelace keyed hash 1\0${purpose}`)
    hashKeys.set(purpose, made)
    return made
  }
  const [sealing, ...opening] = [current, ...older].map(({ key }) => derive(key, 'codelace seal 1'))
  assert(sealing !== undefined, 'there is a current master key')

  return {
    keyedHash: (purpose, parts) => {
      assert(
        parts.every((part) => !part.includes('\0')),
        'no part of a keyed hash holds a NUL',
      )
      const message = parts.join('\0')
      return new Uint8Array(createHmac('sha256', hashKeyOf(purpose)).update(message).digest())
    },
    seal: (context, text) => encrypt({ key: sealing, context, bytes: Buffer.from(text) }),
    open: (context, sealed) => {
      for (const key of [sealing, ...opening]) {
        try {
          return Buffer.from(decrypt({ key, context, bytes: sealed })).toString()
        } catch (error) {
          if (!(error instanceof VaultError)) throw error
        }
      }
      throw new SealError('the text was altered, moved, or sealed under another key')
    },
  }
}

function derive(masterKey: KeyObject, purpose: string): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', masterKey, '', purpose, keyBytes)))
}
