import { viewSpent } from '#contract/limits-view.ts'
import type { controlRoutes } from '#contract/routes.ts'
import type { ControlParts, Operation } from '#control/operation.ts'
import { utcDayOf } from '#domain/spend-windows.ts'

import { findProject } from './find-project.ts'
import { viewProject } from './project-view.ts'

/** Shows one project with its limits and what its keys have spent. */
export function showProject(
  parts: Pick<ControlParts, 'projects' | 'budgets' | 'clock'>,
): Operation<typeof controlRoutes.showProject> {
  return async ({ params }) => {
    const project = await findProject(parts, params)
    const spent = await parts.budgets.spent(project.id, utcDayOf(parts.clock.nowMs()))
    return { data: { ...viewProject(project), spent: viewSpent(spent) } }
  }
}
