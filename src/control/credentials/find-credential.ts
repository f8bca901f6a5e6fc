import type { ControlParts } from '#control/operation.ts'
import { Fault } from '#domain/faults.ts'
import type { AccountId, CredentialId } from '#domain/identifiers.ts'
import type { OwnCredential } from '#domain/own-credentials.ts'

/** A credential of this account. Another account's is not there. */
export async function findCredential(
  { credentials }: Pick<ControlParts, 'credentials'>,
  path: { readonly account_id: AccountId; readonly credential_id: CredentialId },
): Promise<OwnCredential> {
  const credential = await credentials.find(path.account_id, path.credential_id)
  if (credential === undefined) throw new Fault('credential_not_found')
  return credential
}
