import { call, type CallInput, type CallOutput } from '#web/client/call.ts'

/** One provider key of an account, without its secret. */
export type Credential = CallOutput<'GET /api/accounts/{account_id}/credentials'>['data'][number]

/** Something that a key may be brought for. */
export type CredentialProvider =
  CallOutput<'GET /api/accounts/{account_id}/credentials'>['providers'][number]

/** What a new provider key is made of. */
export type NewCredential = CallInput<'POST /api/accounts/{account_id}/credentials'>['body']

/** What of a provider key may change. */
export type CredentialChange =
  CallInput<'PATCH /api/accounts/{account_id}/credentials/{credential_id}'>['body']

const pathOf = ({ id, account_id }: Pick<Credential, 'id' | 'account_id'>) => ({
  params: { account_id, credential_id: id },
})

/** Keeps a key. Its secret is sealed and never comes back. */
export function createCredential(accountId: Credential['account_id'], body: NewCredential) {
  const params = { account_id: accountId }
  return call('POST /api/accounts/{account_id}/credentials', { params, body })
}

/** Makes one small call with it; the answer says what happened. */
export function testCredential(credential: Credential) {
  const path = pathOf(credential)
  return call('POST /api/accounts/{account_id}/credentials/{credential_id}/test', path)
}

/** Changes when and for what it is used, or its secret. */
export function changeCredential(credential: Credential, body: CredentialChange) {
  return call('PATCH /api/accounts/{account_id}/credentials/{credential_id}', {
    ...pathOf(credential),
    body,
  })
}

/** Removes it for good. */
export function removeCredential(credential: Credential) {
  const path = pathOf(credential)
  return call('DELETE /api/accounts/{account_id}/credentials/{credential_id}', path)
}
