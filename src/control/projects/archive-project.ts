import type { controlRoutes } from '#contract/routes.ts'
import type { ControlParts, Operation } from '#control/operation.ts'
import { Fault, unreachable } from '#domain/faults.ts'

import { findProject } from './find-project.ts'
import { viewProject } from './project-view.ts'

/** Archives a project that no working key belongs to. What it used stays where it was. */
export function archiveProject(
  parts: Pick<ControlParts, 'projects'>,
): Operation<typeof controlRoutes.archiveProject> {
  return async ({ params }) => {
    const { id } = await findProject(parts, params)
    const result = await parts.projects.archive(id)
    switch (result.kind) {
      case 'archived':
        return { data: viewProject(result.project) }
      case 'in_use': {
        const detail = 'Keys of this project still work: revoke them first.'
        throw new Fault('conflict', { details: { detail } })
      }
      case 'unknown':
        throw new Fault('project_not_found')
      default:
        return unreachable(result)
    }
  }
}
