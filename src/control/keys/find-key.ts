import type { ControlParts } from '#control/operation.ts'
import type { ApiKey } from '#domain/accounts.ts'
import { Fault } from '#domain/faults.ts'
import type { AccountId, KeyId } from '#domain/identifiers.ts'

/** A key by its id; of this account, where the path names one. Another account's is not there. */
export async function findKey(
  { apiKeys }: Pick<ControlParts, 'apiKeys'>,
  path: { readonly account_id?: AccountId; readonly key_id: KeyId },
): Promise<ApiKey> {
  const key = await apiKeys.find(path.key_id)
  const isMeant = path.account_id === undefined || key?.accountId === path.account_id
  if (key === undefined || !isMeant) throw new Fault('key_not_found')
  return key
}
