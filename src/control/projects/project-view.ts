import type { z } from 'zod'

import type { projectShape } from '#contract/control/projects.ts'
import { viewLimits } from '#contract/limits-view.ts'
import type { Project } from '#domain/projects.ts'

/** A project in the words of the wire. */
export function viewProject(project: Project): z.input<typeof projectShape> {
  return {
    id: project.id,
    account_id: project.accountId,
    name: project.name,
    limits: viewLimits(project.limits),
    created_at: project.createdAt.toISOString(),
    archived_at: project.archivedAt?.toISOString() ?? null,
  }
}
