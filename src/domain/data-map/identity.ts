import type { DataRule, TableMap } from './data-rule.ts'
import { accountFact, deviceFact, operational, secret } from './rules.ts'

/** What someone did to get in, and from where: gone a month after it stopped to matter. */
const sessionFact: DataRule = {
  ...accountFact,
  category: 'authentication',
  purposes: ['administer_accounts', 'secure_and_debug', 'detect_abuse'],
  retention: 'session',
}
const sessionDevice: DataRule = { ...deviceFact, retention: 'session' }
const sessionSecret: DataRule = { ...secret, retention: 'session' }

/** Codes, and how often they were asked for and guessed at. */
const codeFact: DataRule = {
  ...sessionFact,
  legalBasis: 'legitimate_interest',
  retention: 'sign_in_challenge',
  exportable: false,
}

/** A line of the security log: what happened to whom. It outlives the account, without the person. */
const securityFact: DataRule = {
  category: 'technical',
  purposes: ['detect_abuse', 'secure_and_debug', 'comply_with_law'],
  legalBasis: 'legitimate_interest',
  retention: 'security_log',
  exportable: true,
  erase: 'detach',
  recipients: ['infrastructure'],
}

const waitingMail: DataRule = { ...secret, category: 'account', retention: 'waiting_mail' }
const repeatable: DataRule = { ...secret, retention: 'repeatable_answer' }

/** Who was asked to join which account: gone a month after it was accepted, withdrawn or ran out. */
const invited: DataRule = { ...accountFact, retention: 'invitation' }

/** What somebody was told about an account: gone three months after it was over. */
const told: DataRule = {
  ...accountFact,
  purposes: ['administer_accounts', 'process_credit_and_payments'],
  retention: 'notification',
}

/** A code on its way to an app: gone when it is exchanged, or minutes after it ran out. */
const handedCode: DataRule = { ...secret, category: 'account', retention: 'auth_code' }

/** People, how they sign in, and what is written down about it. */
export const identityTables = {
  person: {
    created_at: accountFact,
    id: accountFact,
    email: accountFact,
    display_name: accountFact,
    locale: accountFact,
    age_statement: { ...accountFact, purposes: ['administer_accounts', 'comply_with_law'] },
  },
  policy_acceptance: {
    accepted_at: { ...accountFact, purposes: ['administer_accounts', 'comply_with_law'] },
    person_id: accountFact,
    document: { ...accountFact, purposes: ['administer_accounts', 'comply_with_law'] },
    version: { ...accountFact, purposes: ['administer_accounts', 'comply_with_law'] },
  },
  membership: {
    created_at: accountFact,
    account_id: accountFact,
    person_id: accountFact,
    role: accountFact,
  },
  invitation: {
    created_at: invited,
    last_sent_at: invited,
    expires_at: invited,
    ended_at: invited,
    sent_count: invited,
    id: invited,
    account_id: invited,
    email: invited,
    role: invited,
    invited_by: invited,
    token_hash: { ...secret, retention: 'invitation' },
  },
  notification_setting: {
    changed_at: accountFact,
    low_balance_nano_usd: accountFact,
    error_spikes: accountFact,
    by_mail: accountFact,
    budget_percents: accountFact,
    person_id: accountFact,
    account_id: accountFact,
  },
  notification: {
    id: { ...operational, retention: 'notification' },
    created_at: told,
    ended_at: told,
    read_at: told,
    person_id: told,
    account_id: told,
    effect_key: told,
    facts: told,
  },
  auth_code: {
    created_at: handedCode,
    expires_at: handedCode,
    key_expires_at: handedCode,
    account_id: handedCode,
    person_id: handedCode,
    key_name: handedCode,
    app_host: handedCode,
    project_id: handedCode,
    limits: handedCode,
    challenge: handedCode,
    challenge_method: handedCode,
    code_hash: handedCode,
  },
  session: {
    created_at: sessionFact,
    last_used_at: sessionFact,
    ended_at: sessionFact,
    stepped_up_at: sessionFact,
    id: sessionFact,
    person_id: sessionFact,
    authenticated_by: sessionFact,
    stepped_up_for: sessionFact,
    elsewhere_told_at: sessionFact,
    network: sessionDevice,
    device: sessionDevice,
    token_hash: sessionSecret,
  },
  sign_in_challenge: {
    created_at: codeFact,
    expires_at: codeFact,
    consumed_at: codeFact,
    failed_count: codeFact,
    is_short: codeFact,
    from_known_network: codeFact,
    purpose: codeFact,
    person_id: codeFact,
    // Emptied when the code is too old to be used; the hash beside it names nobody without the key.
    email: { ...codeFact, category: 'account' },
    network: { ...codeFact, category: 'technical' },
    id_hash: codeFact,
    address_hash: codeFact,
    code_hash: codeFact,
  },
  passkey: {
    sign_count: accountFact,
    created_at: accountFact,
    last_used_at: accountFact,
    is_synced: accountFact,
    id: accountFact,
    person_id: accountFact,
    name: accountFact,
    transports: accountFact,
    credential_id: secret,
    public_key: secret,
  },
  passkey_challenge: {
    created_at: codeFact,
    expires_at: codeFact,
    purpose: codeFact,
    person_id: codeFact,
    id_hash: codeFact,
    challenge: codeFact,
  },
  email_change: {
    changed_at: accountFact,
    undo_until: accountFact,
    undone_at: accountFact,
    id: accountFact,
    person_id: accountFact,
    old_email: accountFact,
    new_email: accountFact,
    undo_hash: secret,
  },
  mail: {
    created_at: waitingMail,
    due_at: waitingMail,
    expires_at: waitingMail,
    attempt_count: waitingMail,
    id: waitingMail,
    kind: waitingMail,
    last_error: waitingMail,
    sealed: waitingMail,
  },
  security_event: {
    id: { ...operational, retention: 'security_log' },
    happened_at: securityFact,
    kind: securityFact,
    person_id: securityFact,
    account_id: securityFact,
    session_id: securityFact,
    key_id: securityFact,
    request_id: securityFact,
    client_ip: { ...securityFact, retention: 'network_address', erase: 'delete' },
    device: { ...securityFact, erase: 'delete' },
    detail: securityFact,
  },
  control_answer: {
    created_at: repeatable,
    expires_at: repeatable,
    status: repeatable,
    actor_id: repeatable,
    key_hash: repeatable,
    fingerprint: repeatable,
    sealed: repeatable,
  },
} as const satisfies TableMap
