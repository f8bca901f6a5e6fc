import type { KeyKind, KeyScope } from '#domain/accounts.ts'
import { Fault } from '#domain/faults.ts'

/** Refuses an API key that may do nothing, and an operator token with scopes that mean nothing for it. */
export function refuseScopes(kind: KeyKind, scopes: readonly KeyScope[]): void {
  if (kind === 'inference' && scopes.length === 0) {
    throw refusal('a key that may do nothing is of no use: revoke it instead')
  }
  if (kind === 'operator' && scopes.length > 0) {
    throw refusal('an operator token has no scopes: it opens the control API')
  }
}

function refusal(detail: string): Fault {
  return new Fault('invalid_request', {
    param: 'scopes',
    details: { detail: `scopes: ${detail}.` },
  })
}
