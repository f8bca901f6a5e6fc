import { useQuery } from '@tanstack/react-query'

import { call, type CallInput, type CallOutput } from '#web/client/call.ts'
import type { MyAccount } from '#web/client/me.ts'
import { reading } from '#web/client/queries.ts'

/** One project of an account. */
export type Project = CallOutput<'GET /api/accounts/{account_id}/projects'>['data'][number]

type NewProject = CallInput<'POST /api/accounts/{account_id}/projects'>['body']
type ProjectChange = CallInput<'PATCH /api/accounts/{account_id}/projects/{project_id}'>['body']

/** Makes a project. */
export function createProject(accountId: MyAccount['id'], body: NewProject) {
  return call('POST /api/accounts/{account_id}/projects', {
    params: { account_id: accountId },
    body,
  })
}

/** Changes its name or what its keys together may use. */
export function changeProject({ id, account_id }: Project, body: ProjectChange) {
  return call('PATCH /api/accounts/{account_id}/projects/{project_id}', {
    params: { account_id, project_id: id },
    body,
  })
}

/** Archives it: it takes no new keys. Refused while one of its keys works. */
export function archiveProject({ id, account_id }: Project) {
  return call('POST /api/accounts/{account_id}/projects/{project_id}/archive', {
    params: { account_id, project_id: id },
  })
}

/** The projects of an account, newest first; undefined until they are known. */
export function useProjects(accountId: MyAccount['id']): readonly Project[] | undefined {
  const { data } = useQuery({
    ...reading('GET /api/accounts/{account_id}/projects', { params: { account_id: accountId } }),
    staleTime: 60_000,
  })
  return data?.data
}
