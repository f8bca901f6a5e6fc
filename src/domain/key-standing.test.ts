import { expect, test } from 'vitest'

import type { Account, ApiKey } from './accounts.ts'
import { refusalOfKey } from './key-standing.ts'

const createdAt = new Date(0)
const account: Account = {
  id: 'acct_a',
  role: 'customer',
  displayName: 'A',
  email: null,
  status: 'active',
  statusReason: null,
  contentMode: 'full',
  limits: null,
  region: null,
  createdAt,
}
const key: ApiKey = {
  id: 'key_a',
  accountId: 'acct_a',
  kind: 'inference',
  name: 'a',
  prefix: 'cl_k',
  lastFour: 'abcd',
  contentMode: null,
  limits: null,
  createdAt,
  expiresAt: null,
  revokedAt: null,
  scopes: ['inference'],
  projectId: null,
  createdBy: null,
  oldSecretsEndAt: null,
}

test('a key of an active account may be used', () => {
  expect(refusalOfKey({ key, account }, 1000)).toBeUndefined()
})

test('a revoked key may not, whatever else is true', () => {
  const revoked = { ...key, revokedAt: new Date(5000), expiresAt: new Date(1) }
  expect(refusalOfKey({ key: revoked, account }, 1000)).toBe('revoked_api_key')
})

test('a key ends at its expiry, not a millisecond later', () => {
  const expiring = { ...key, expiresAt: new Date(1000) }
  expect(refusalOfKey({ key: expiring, account }, 999)).toBeUndefined()
  expect(refusalOfKey({ key: expiring, account }, 1000)).toBe('expired_api_key')
})

test.each(['suspended', 'closing', 'closed'] as const)(
  'an account that is %s may not spend',
  (status) => {
    expect(refusalOfKey({ key, account: { ...account, status } }, 1000)).toBe('account_suspended')
  },
)
