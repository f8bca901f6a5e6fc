import { z } from 'zod'

import { limitsChange, limitsShape, spentShape } from './limits.ts'
import { accountId, displayName, moment, projectId } from './shapes.ts'

/** One project: a part of an account with keys and limits of its own. */
export const projectShape = z
  .strictObject({
    id: projectId,
    account_id: accountId,
    name: z.string(),
    limits: limitsShape.nullable().describe('What all its keys together may use.'),
    created_at: moment,
    archived_at: moment.nullable().describe('From then on it takes no new keys.'),
  })
  .meta({ id: 'Project' })

/** The path of one project of an account. */
export const projectPath = z.strictObject({ account_id: accountId, project_id: projectId })

/** Body of a new project. */
export const newProjectBody = z.strictObject({
  name: displayName,
  limits: limitsChange
    .nullable()
    .default(null)
    .describe('What all its keys together may use, within what the account may.'),
})

/** Body of a change to a project. */
export const projectChangeBody = z
  .strictObject({
    name: displayName.optional(),
    limits: limitsChange.nullable().optional().describe('Null lifts all limits of the project.'),
  })
  .refine((body) => Object.keys(body).length > 0, 'name at least one member to change')

/** Answer with one project. */
export const projectAnswer = z.strictObject({ data: projectShape })

/** Answer with one project and what its keys have spent. */
export const projectWithSpentAnswer = z.strictObject({
  data: projectShape.extend({ spent: spentShape }),
})

/** Answer with all projects of an account, newest first. */
export const projectListAnswer = z.strictObject({ data: z.array(projectShape) })
