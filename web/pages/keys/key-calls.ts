import { call, type CallInput, type CallOutput } from '#web/client/call.ts'

/** One key of an account, without its secret. */
export type Key = CallOutput<'GET /api/accounts/{account_id}/keys'>['data'][number]

/** What a new key is made of. */
export type NewKey = CallInput<'POST /api/accounts/{account_id}/keys'>['body']

/** A change of what a key may use. */
export type LimitsChange = NonNullable<
  CallInput<'PATCH /api/accounts/{account_id}/keys/{key_id}'>['body']
>['limits']

/** Makes a key. The answer is the only place where its secret ever is. */
export function createKey(accountId: Key['account_id'], body: NewKey) {
  return call('POST /api/accounts/{account_id}/keys', { params: { account_id: accountId }, body })
}

/** Changes what a key may use: it counts everywhere within seconds. */
export function changeLimits({ id, account_id }: Key, limits: LimitsChange) {
  return call('PATCH /api/accounts/{account_id}/keys/{key_id}', {
    params: { account_id, key_id: id },
    body: { limits },
  })
}

/** Gives a key another secret, shown once; the one before it works for this long. */
export function rotateKey({ id, account_id }: Key, graceSeconds: number) {
  return call('POST /api/accounts/{account_id}/keys/{key_id}/rotate', {
    params: { account_id, key_id: id },
    body: { grace_seconds: graceSeconds },
  })
}

/** Revokes a key: it stops working within seconds, for good. */
export function revokeKey({ id, account_id }: Key) {
  return call('POST /api/accounts/{account_id}/keys/{key_id}/revoke', {
    params: { account_id, key_id: id },
  })
}
