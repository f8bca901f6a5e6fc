import { accountPath } from './control/accounts.ts'
import * as credentials from './control/credentials.ts'
import type { Route } from './route.ts'

const account = { params: accountPath, unknown: 'account_not_found', tag: 'Provider keys' } as const

const credential = {
  params: credentials.credentialPath,
  unknown: 'credential_not_found',
  tag: 'Provider keys',
} as const

/** The credentials for providers that an account brings: part of the control API. */
export const credentialRoutes = {
  createCredential: {
    ...account,
    id: 'createCredential',
    caller: 'member:admin',
    method: 'POST',
    path: '/api/accounts/{account_id}/credentials',
    summary: 'Bring a key of your own for a provider: it is sealed, and used within seconds',
    stepUp: 'add_provider_key',
    body: credentials.newCredentialBody,
    status: 201,
    output: credentials.credentialAnswer,
    faults: ['conflict'],
  },
  listCredentials: {
    ...account,
    id: 'listCredentials',
    caller: 'member:developer',
    method: 'GET',
    path: '/api/accounts/{account_id}/credentials',
    summary: 'List the provider keys of an account in the order in which they are tried',
    status: 200,
    output: credentials.credentialListAnswer,
    faults: [],
  },
  showCredential: {
    ...credential,
    id: 'showCredential',
    caller: 'member:developer',
    method: 'GET',
    path: '/api/accounts/{account_id}/credentials/{credential_id}',
    passing: ['last_test'],
    summary: 'Show one provider key, without its secret',
    status: 200,
    output: credentials.credentialAnswer,
    faults: [],
  },
  updateCredential: {
    ...credential,
    id: 'updateCredential',
    caller: 'member:admin',
    method: 'PATCH',
    path: '/api/accounts/{account_id}/credentials/{credential_id}',
    summary: 'Change when and for what a provider key is used, or replace its secret',
    body: credentials.credentialChangeBody,
    spends: 'add_provider_key',
    status: 200,
    output: credentials.credentialAnswer,
    faults: ['conflict', 'step_up_required'],
  },
  testCredential: {
    ...credential,
    id: 'testCredential',
    caller: 'member:admin',
    method: 'POST',
    path: '/api/accounts/{account_id}/credentials/{credential_id}/test',
    summary: 'Make one small call with a provider key and say what happened',
    status: 200,
    output: credentials.credentialAnswer,
    faults: ['rate_limit_exceeded'],
  },
  removeCredential: {
    ...credential,
    id: 'removeCredential',
    caller: 'member:admin',
    method: 'DELETE',
    path: '/api/accounts/{account_id}/credentials/{credential_id}',
    summary: 'Remove a provider key for good: its secret is gone at once',
    status: 200,
    output: credentials.credentialAnswer,
    faults: [],
  },
} as const satisfies Record<string, Route>
