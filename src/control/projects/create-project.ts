import type { controlRoutes } from '#contract/routes.ts'
import { changeLimits } from '#control/limits/read-limits.ts'
import type { ControlParts, Operation } from '#control/operation.ts'
import { Fault } from '#domain/faults.ts'
import { makeProjectId } from '#domain/identifiers.ts'
import { projectsPerAccountMax } from '#domain/limits.ts'

import { viewProject } from './project-view.ts'

/** Creates a project. Keys join it when they are created. */
export function createProject({
  accounts,
  projects,
  randomBytes,
}: Pick<ControlParts, 'accounts' | 'projects' | 'randomBytes'>): Operation<
  typeof controlRoutes.createProject
> {
  return async ({ params, body }) => {
    const account = await accounts.find(params.account_id)
    if (account === undefined) throw new Fault('account_not_found')
    const limits = changeLimits(null, body.limits)
    if ((await projects.list(account.id)).length >= projectsPerAccountMax) {
      const detail = `An account has at most ${projectsPerAccountMax} projects.`
      throw new Fault('conflict', { details: { detail } })
    }
    const project = await projects.create({
      id: makeProjectId(randomBytes),
      accountId: account.id,
      name: body.name,
      limits,
    })
    if (project === undefined) throw new Fault('account_not_found')
    return { data: viewProject(project) }
  }
}
