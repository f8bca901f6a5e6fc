import { useQuery } from '@tanstack/react-query'

import { reading } from '#web/client/queries.ts'

/** What costs nothing and always answers, where it is served. */
const simulated = 'sim/echo'
/** What stands there until the models are known, or where there are none. */
const unknown = 'author/model'

/** A model for somebody's first call: one that this installation serves. */
export function useFirstModel(): string {
  const { data } = useQuery({ ...reading('GET /v1/models', {}), staleTime: 60_000 })
  const ids = data?.data.map(({ id }) => id) ?? []
  return ids.includes(simulated) ? simulated : (ids[0] ?? unknown)
}
