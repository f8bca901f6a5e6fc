import type { TableMap } from './data-rule.ts'
import { accountFact, accountReference, keyFact, operational, secret } from './rules.ts'

/** Accounts, their history, their keys. */
export const accountTables = {
  account: {
    id: accountReference,
    role: accountFact,
    display_name: accountFact,
    email: accountFact,
    status: accountReference,
    status_reason: accountFact,
    content_mode: accountFact,
    limits: accountFact,
    region: accountFact,
    created_at: accountReference,
    changed_xid: operational,
  },
  account_status_change: {
    id: operational,
    account_id: accountReference,
    status: { ...accountFact, purposes: ['administer_accounts', 'detect_abuse'], erase: 'detach' },
    reason: { ...accountFact, purposes: ['administer_accounts', 'detect_abuse'] },
    // Who in the operator's house did it: another person's data, so not in this one's copy.
    actor_key_id: {
      ...accountReference,
      purposes: ['administer_accounts', 'secure_and_debug'],
      legalBasis: 'legitimate_interest',
      exportable: false,
    },
    actor_person_id: {
      ...accountReference,
      purposes: ['administer_accounts', 'secure_and_debug'],
      legalBasis: 'legitimate_interest',
      exportable: false,
    },
    changed_at: accountReference,
  },
  api_key: {
    id: keyFact,
    account_id: keyFact,
    kind: keyFact,
    name: keyFact,
    prefix: keyFact,
    last_four: keyFact,
    hash: secret,
    content_mode: keyFact,
    limits: keyFact,
    created_at: keyFact,
    expires_at: keyFact,
    revoked_at: keyFact,
    changed_xid: operational,
  },
  account_key: {
    account_id: { ...secret, erase: 'shred' },
    version: { ...secret, erase: 'shred' },
    master_key_id: { ...secret, erase: 'shred' },
    wrapped: { ...secret, erase: 'shred' },
    created_at: { ...secret, erase: 'shred' },
  },
} as const satisfies TableMap
