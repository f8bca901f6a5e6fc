import type { controlRoutes } from '#contract/routes.ts'
import type { ControlParts, Operation } from '#control/operation.ts'
import { Fault } from '#domain/faults.ts'
import { currentPolicies } from '#domain/people.ts'

import { viewMe } from './me-view.ts'

/** Changes a person's own name or language, or notes that they accepted the policy that holds now. */
export function updateMe({
  people,
  clock,
}: Pick<ControlParts, 'people' | 'clock'>): Operation<typeof controlRoutes.updateMe> {
  return async ({ actor, body }) => {
    const { id } = actor.person
    const version = body.accepted_privacy_policy
    if (version !== undefined && version !== currentPolicies.privacy) {
      const detail = `The privacy policy that holds now is version ${currentPolicies.privacy}.`
      throw new Fault('conflict', { param: 'accepted_privacy_policy', details: { detail } })
    }
    if (version !== undefined) {
      await people.acceptPolicy({
        personId: id,
        document: 'privacy',
        version,
        nowMs: clock.nowMs(),
      })
    }
    const person = await people.update(id, {
      ...(body.display_name === undefined ? {} : { displayName: body.display_name }),
      ...(body.locale === undefined ? {} : { locale: body.locale }),
    })
    if (person === undefined) throw new Fault('session_ended')
    return { data: viewMe({ ...actor, person }) }
  }
}
