import type { controlRoutes } from '#contract/routes.ts'
import type { ControlParts, Operation } from '#control/operation.ts'
import { Fault } from '#domain/faults.ts'

import { viewProject } from './project-view.ts'

/** Lists every project of an account, archived ones included, newest first. */
export function listProjects({
  accounts,
  projects,
}: Pick<ControlParts, 'accounts' | 'projects'>): Operation<typeof controlRoutes.listProjects> {
  return async ({ params }) => {
    const account = await accounts.find(params.account_id)
    if (account === undefined) throw new Fault('account_not_found')
    return { data: (await projects.list(account.id)).map(viewProject) }
  }
}
