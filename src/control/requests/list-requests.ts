import type { controlRoutes } from '#contract/routes.ts'
import { viewGeneration } from '#control/generations/generation-view.ts'
import type { ControlParts, Operation } from '#control/operation.ts'
import { keysOfProjects } from '#control/projects/keys-of-projects.ts'
import { assert, Fault } from '#domain/faults.ts'
import { isGenerationId } from '#domain/identifiers.ts'
import { placeOf, type RequestPlace } from '#domain/request-filter.ts'

import { readFilter } from './read-filter.ts'

/** Lists requests of an account. A request shows up once the store has it, within a second of its end. */
export function listRequests(
  parts: Pick<ControlParts, 'accounts' | 'apiKeys' | 'generations'>,
): Operation<typeof controlRoutes.listRequests> {
  const { accounts, generations } = parts
  return async ({ params, query }) => {
    const account = await accounts.find(params.account_id)
    if (account === undefined) throw new Fault('account_not_found')
    const { sort: order, limit } = query
    const filter = readFilter(account.id, query)
    const keyIds = await keysOfProjects(parts, account.id, {
      keyIds: filter.keyIds,
      projectIds: query.project_id,
    })
    const records = await generations.search({
      filter: { ...filter, keyIds },
      order,
      isRising: query.order === 'rising',
      after: query.after === undefined ? null : placeIn(query.after),
      // One more than asked tells whether there is a next page.
      limit: limit + 1,
    })
    const page = records.slice(0, limit)
    const last = page.at(-1)
    const isMore = records.length > limit && last !== undefined
    return { data: page.map(viewGeneration), next: isMore ? cursorOf(placeOf(last, order)) : null }
  }
}

function cursorOf({ value, id }: RequestPlace): string {
  return `${value}.${id}`
}

function placeIn(cursor: string): RequestPlace {
  const dot = cursor.indexOf('.')
  const id = cursor.slice(dot + 1)
  assert(isGenerationId(id), 'the contract checks the form of a cursor')
  return { value: BigInt(cursor.slice(0, dot)), id }
}
