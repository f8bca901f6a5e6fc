import { Fault } from '#domain/faults.ts'
import { refusalOfKey } from '#domain/key-standing.ts'
import { parseApiKey } from '#domain/keys.ts'
import type { ApiKeyStore, KeyWithAccount } from '#ports/api-keys.ts'
import type { Clock } from '#ports/clock.ts'

import { hashKey } from './keys/hash-key.ts'

/**
 * Who is asking, from the `Authorization` header: the holder of a valid operator token, or a thrown
 * fault. Text that is no key is refused without asking the store.
 */
export async function authenticateOperator(
  authorization: string | null,
  parts: { readonly apiKeys: ApiKeyStore; readonly clock: Pick<Clock, 'nowMs'> },
): Promise<KeyWithAccount> {
  if (authorization === null || authorization.trim() === '') throw new Fault('missing_api_key')
  const secret = /^Bearer +(\S+)$/i.exec(authorization.trim())?.[1]
  if (secret === undefined || parseApiKey(secret) === undefined) throw new Fault('invalid_api_key')
  const found = await parts.apiKeys.findByHash(await hashKey(secret))
  if (found === undefined) throw new Fault('invalid_api_key')
  const refusal = refusalOfKey(found, parts.clock.nowMs())
  if (refusal === 'account_suspended') throw suspended(found)
  if (refusal !== undefined) throw new Fault(refusal)
  if (found.key.kind !== 'operator' || found.account.role !== 'operator') {
    const detail = 'the control API needs an operator token, which starts with "cl_o"'
    throw new Fault('permission_denied', { details: { detail } })
  }
  return found
}

function suspended({ account }: KeyWithAccount): Fault {
  const reason = account.statusReason ? `: ${account.statusReason.replace(/[.!]+$/, '')}` : ''
  return new Fault('account_suspended', { details: { reason } })
}
