/** What is written to the log of security events. Who, from where and when stand beside it. */
export const securityEventKinds = [
  'code_sent',
  'code_limited',
  'code_wrong',
  'signed_up',
  'signed_in',
  'sign_in_failed',
  'signed_out',
  'stepped_up',
  'session_elsewhere',
  'step_up_failed',
  'session_ended',
  'sessions_ended',
  'passkey_added',
  'passkey_removed',
  'email_changed',
  'email_change_undone',
  'invitation_sent',
  'invitation_revoked',
  'invitation_accepted',
  'key_created',
  'app_allowed',
  'provider_key_added',
  'provider_key_changed',
  'provider_key_removed',
  'access_refused',
  'limit_hit',
] as const

/** One of them. */
export type SecurityEventKind = (typeof securityEventKinds)[number]
