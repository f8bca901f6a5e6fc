import type { OpenedCredential } from '#domain/own-credentials.ts'
import type { ReadCredentials } from '#gateway/key-directory.ts'
import type { GatewayLog } from '#gateway/log.ts'
import { VaultError } from '#ports/content-vault.ts'
import type { CredentialVault, OwnCredentialStore } from '#ports/own-credentials.ts'

/**
 * Reads accounts' own credentials and opens them. One that does not open is told to whoever runs the
 * installation and serves nothing; the account's other requests go on.
 */
export function credentialReader(parts: {
  readonly credentials: Pick<OwnCredentialStore, 'listSealed'>
  readonly vault: Pick<CredentialVault, 'open'>
  readonly log: GatewayLog
}): ReadCredentials {
  const { credentials, vault, log } = parts
  return async (accountId) => {
    const stored = await credentials.listSealed(accountId)
    return Promise.all(
      stored.map(async (one): Promise<OpenedCredential> => {
        const { credential } = one
        if (!credential.isEnabled) return { credential, secret: null }
        try {
          return { credential, secret: await vault.open(one) }
        } catch (error) {
          if (!(error instanceof VaultError)) throw error
          log.alarm('own_credential_unreadable', { id: credential.id, error: error.message })
          return { credential, secret: null }
        }
      }),
    )
  }
}
