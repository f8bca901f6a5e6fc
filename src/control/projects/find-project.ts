import type { ControlParts } from '#control/operation.ts'
import { Fault } from '#domain/faults.ts'
import type { AccountId, ProjectId } from '#domain/identifiers.ts'
import type { Project } from '#domain/projects.ts'

/** A project of this account. Another account's is not there. */
export async function findProject(
  { projects }: Pick<ControlParts, 'projects'>,
  path: { readonly account_id: AccountId; readonly project_id: ProjectId },
): Promise<Project> {
  const project = await projects.find(path.project_id)
  if (project === undefined || project.accountId !== path.account_id) {
    throw new Fault('project_not_found')
  }
  return project
}

/** As `findProject`, for one that takes new keys. Throws a fault when it is archived. */
export async function findOpenProject(
  parts: Pick<ControlParts, 'projects'>,
  path: { readonly account_id: AccountId; readonly project_id: ProjectId },
): Promise<Project> {
  const project = await findProject(parts, path)
  if (project.archivedAt === null) return project
  const detail = 'This project is archived: it takes no new keys.'
  throw new Fault('conflict', { details: { detail } })
}
