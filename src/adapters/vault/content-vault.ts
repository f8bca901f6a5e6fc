import type { GenerationContent } from '#domain/generation.ts'
import type { ContentVault } from '#ports/content-vault.ts'

import type { AccountKey } from './account-key.ts'
import { decrypt, encrypt } from './cipher.ts'
import { compress, decompress } from './compression.ts'
import { createKeyring, type KeyringParts } from './keyring.ts'

type Field = 'request' | 'response'

/** How the bytes under the encryption are laid out; authenticated with each field. */
const schemaVersion = 1

/**
 * A vault over the wrapped keys in the store. An account's first sealing makes its key. Unwrapped keys
 * stay in memory for a bounded time and number, so a deleted key stops opening content everywhere within
 * `accountKeyCachedMsMax`.
 */
export function createContentVault(parts: KeyringParts): ContentVault {
  const keys = createKeyring(parts)

  const sealField = async (content: GenerationContent, field: Field, key: AccountKey) => {
    const bytes = await compress(content[field])
    const context = contextOf(content, field, key.version)
    return encrypt({ key: key.key, context, bytes })
  }

  return {
    seal: async (content, createdAtMs) => {
      const key = await keys.forSealing(content.accountId)
      const [request, response] = await Promise.all([
        sealField(content, 'request', key),
        sealField(content, 'response', key),
      ])
      const { id, accountId, streamed } = content
      return { id, accountId, createdAtMs, streamed, keyVersion: key.version, request, response }
    },

    open: async (sealed) => {
      const { id, accountId, streamed, keyVersion } = sealed
      const key = await keys.forOpening(accountId, keyVersion)
      const openField = (field: Field) => {
        const context = contextOf(sealed, field, keyVersion)
        return decompress(decrypt({ key: key.key, context, bytes: sealed[field] }))
      }
      const [request, response] = await Promise.all([openField('request'), openField('response')])
      return { id, accountId, request, response, streamed }
    },
  }
}

/** No id holds a zero byte, so no two different rows share a context. */
function contextOf(
  row: Pick<GenerationContent, 'id' | 'accountId'>,
  field: Field,
  keyVersion: number,
): string {
  return ['codelace content', schemaVersion, row.accountId, row.id, field, keyVersion].join('\0')
}
