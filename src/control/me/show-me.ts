import type { controlRoutes } from '#contract/routes.ts'
import type { Operation } from '#control/operation.ts'

import { viewMe } from './me-view.ts'

/** Shows who is signed in, and where they are a member. */
export function showMe(): Operation<typeof controlRoutes.showMe> {
  return async ({ actor }) => ({ data: viewMe(actor) })
}
