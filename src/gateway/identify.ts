import { hash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

import type { KeyScope } from '#domain/accounts.ts'
import { Fault } from '#domain/faults.ts'
import { refusalOfKey } from '#domain/key-standing.ts'
import { parseApiKey } from '#domain/keys.ts'
import type { KeyWithAccount } from '#ports/api-keys.ts'
import type { Clock } from '#ports/clock.ts'

import type { KeyDirectory, KnownKey } from './key-directory.ts'
import { refusalOfAddress } from './limits/permissions.ts'

/**
 * Whose request this is: the key and account, or undefined when no key was sent. A key that cannot be
 * found, or whose form or checksum is wrong, throws `invalid_api_key`; the latter without a look-up.
 * Whether the key may still be used is another question: see `refusalOf`.
 */
export function identify(
  request: IncomingMessage,
  keys: KeyDirectory,
): KnownKey | undefined | Promise<KnownKey> {
  const secret = secretOf(request)
  if (secret === undefined) return undefined
  const name = hash('sha256', secret, 'base64')
  const known = keys.known(name)
  if (known) return known
  if (parseApiKey(secret) === undefined) throw new Fault('invalid_api_key')
  const found = keys.find(name)
  return found instanceof Promise ? found.then(orInvalid) : orInvalid(found)
}

/** What is asked with a key. The scope that it needs is to ask models, unless it says another. */
export interface KeyUse {
  readonly clock: Clock
  readonly clientIp: string | null
  /** Null: any key may. */
  readonly scope?: KeyScope | null
}

/** Why this key may not be used now, not for this, or not from this address; or undefined when it may. */
export function refusalOf(caller: KeyWithAccount, use: KeyUse): Fault | undefined {
  const { clock, clientIp, scope = 'inference' } = use
  const code = refusalOfKey(caller, clock.nowMs())
  if (code === undefined) return refusalOfScope(caller, scope) ?? refusalOfAddress(caller, clientIp)
  const { statusReason } = caller.account
  const reason = statusReason === null ? '' : `: ${statusReason.replace(/[.!]+$/, '')}`
  return new Fault(code, { details: { reason } })
}

function refusalOfScope({ key }: KeyWithAccount, scope: KeyScope | null): Fault | undefined {
  if (scope === null || key.kind === 'operator' || key.scopes.includes(scope)) return undefined
  const detail =
    scope === 'manage_keys'
      ? 'Only management keys can perform this operation: it has not the scope "manage_keys"'
      : `it has not the scope "${scope}"`
  return new Fault('permission_denied', { details: { detail }, metadata: { scope } })
}

function orInvalid(found: KnownKey | undefined): KnownKey {
  if (!found) throw new Fault('invalid_api_key')
  return found
}

const usualStart = 'Bearer '

/** From `Authorization: Bearer`, or from the headers that Anthropic's and Google's clients send. */
function secretOf(request: IncomingMessage): string | undefined {
  const { authorization } = request.headers
  if (authorization !== undefined && authorization !== '') {
    if (authorization.startsWith(usualStart) && !authorization.includes(' ', usualStart.length)) {
      return authorization.slice(usualStart.length)
    }
    const secret = /^bearer +(\S+) *$/i.exec(authorization)?.[1]
    if (secret === undefined) throw new Fault('invalid_api_key')
    return secret
  }
  const other = request.headers['x-api-key'] ?? request.headers['x-goog-api-key']
  return typeof other === 'string' && other !== '' ? other : undefined
}
