import type { ControlParts } from '#control/operation.ts'
import { readList } from '#control/requests/read-filter.ts'
import type { AccountId, KeyId } from '#domain/identifiers.ts'

/**
 * The keys that a query means: those it names, within the projects that it names. Null: every key. A project
 * without keys, or of another account, means none. Throws a fault for text that is no id of a project.
 */
export async function keysOfProjects(
  { apiKeys }: Pick<ControlParts, 'apiKeys'>,
  accountId: AccountId,
  query: { readonly keyIds: readonly KeyId[] | null; readonly projectIds: string | undefined },
): Promise<readonly KeyId[] | null> {
  const projectIds = readList('project_id', query.projectIds, isProjectId)
  if (projectIds === null) return query.keyIds
  const keys = await apiKeys.list(accountId)
  return keys
    .filter(({ projectId }) => projectId !== null && projectIds.includes(projectId))
    .map(({ id }) => id)
    .filter((id) => query.keyIds?.includes(id) ?? true)
}

function isProjectId(text: string): boolean {
  return /^proj_[0-9A-Za-z]{1,64}$/.test(text)
}
