import type { CredentialSecret, OwnCredential } from '#domain/own-credentials.ts'
import type { CredentialVault } from '#ports/own-credentials.ts'

import { decrypt, encrypt } from './cipher.ts'
import { createKeyring, type KeyringParts } from './keyring.ts'

/** How the bytes under the encryption are laid out; authenticated with each secret. */
const schemaVersion = 1

/** A vault for customers' own credentials, with the same data keys of accounts as their content. */
export function createCredentialVault(parts: KeyringParts): CredentialVault {
  const keys = createKeyring(parts)
  return {
    seal: async (name, secret) => {
      const { key, version } = await keys.forSealing(name.accountId)
      const bytes = Buffer.from(JSON.stringify(secret))
      const sealed = await encrypt({ key, context: contextOf(name, version), bytes })
      return { keyVersion: version, sealed }
    },

    open: async ({ credential, secret: { keyVersion, sealed } }) => {
      const { key } = await keys.forOpening(credential.accountId, keyVersion)
      const context = contextOf(credential, keyVersion)
      const bytes = decrypt({ key, context, bytes: sealed })
      // Authenticated: it is what `seal` was given.
      return JSON.parse(Buffer.from(bytes).toString('utf8')) as CredentialSecret
    },
  }
}

/** No id holds a zero byte, so no two different rows share a context. */
function contextOf({ id, accountId }: Pick<OwnCredential, 'id' | 'accountId'>, version: number) {
  return ['codelace own credential', schemaVersion, accountId, id, version].join('\0')
}
