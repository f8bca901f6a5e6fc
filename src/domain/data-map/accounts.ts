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
    scopes: keyFact,
    project_id: keyFact,
    created_by: keyFact,
    created_at: keyFact,
    expires_at: keyFact,
    revoked_at: keyFact,
    old_secrets_end_at: keyFact,
    changed_xid: operational,
  },
  api_key_old_secret: {
    ends_at: keyFact,
    key_id: keyFact,
    hash: secret,
  },
  api_key_use: {
    last_used_at: keyFact,
    key_id: keyFact,
    account_id: keyFact,
  },
  project: {
    created_at: accountFact,
    archived_at: accountFact,
    changed_xid: operational,
    id: accountFact,
    account_id: accountFact,
    name: accountFact,
    limits: accountFact,
  },
  account_key: {
    account_id: { ...secret, erase: 'shred' },
    version: { ...secret, erase: 'shred' },
    master_key_id: { ...secret, erase: 'shred' },
    wrapped: { ...secret, erase: 'shred' },
    created_at: { ...secret, erase: 'shred' },
  },
} as const satisfies TableMap
