import type { controlRoutes } from '#contract/routes.ts'
import { changeLimits } from '#control/limits/read-limits.ts'
import type { ControlParts, Operation } from '#control/operation.ts'
import { Fault } from '#domain/faults.ts'

import { findProject } from './find-project.ts'
import { viewProject } from './project-view.ts'

/** Changes the name or the limits of a project; limits count everywhere within seconds. */
export function updateProject(
  parts: Pick<ControlParts, 'projects'>,
): Operation<typeof controlRoutes.updateProject> {
  return async ({ params, body }) => {
    const before = await findProject(parts, params)
    const project = await parts.projects.update(before.id, {
      ...(body.name === undefined ? {} : { name: body.name }),
      ...(body.limits === undefined ? {} : { limits: changeLimits(before.limits, body.limits) }),
    })
    if (project === undefined) throw new Fault('project_not_found')
    return { data: viewProject(project) }
  }
}
