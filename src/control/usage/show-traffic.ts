import type { controlRoutes } from '#contract/routes.ts'
import type { ControlParts, Operation } from '#control/operation.ts'
import { Fault } from '#domain/faults.ts'
import { addTraffic, noTraffic, type TrafficSums } from '#domain/traffic/traffic.ts'

import { readPeriod } from './read-period.ts'
import { viewTraffic } from './traffic-view.ts'

/** Shows how the requests of an account went. */
export function showTraffic(
  parts: Pick<ControlParts, 'accounts' | 'usage' | 'clock'>,
): Operation<typeof controlRoutes.showTraffic> {
  const { accounts, usage, clock } = parts
  return async ({ params, query }) => {
    const account = await accounts.find(params.account_id)
    if (account === undefined) throw new Fault('account_not_found')
    const period = readPeriod(account.id, query, clock.nowMs())
    const rows = await usage.traffic(period)
    return {
      data: rows.map((row) => ({
        start: new Date(row.startMs).toISOString(),
        ...viewTraffic(row),
      })),
      total: viewTraffic(rows.reduce<TrafficSums>(addTraffic, noTraffic)),
      from: new Date(period.fromMs).toISOString(),
      until: new Date(period.untilMs).toISOString(),
    }
  }
}
