import { networkOf } from '#domain/ip-ranges.ts'
import { placeBits } from '#domain/networks.ts'
import type { LoggedSecurityEvent, SecurityEventStore } from '#ports/security-events.ts'

/** The log of security events in memory. */
export function makeMemorySecurityEventStore(): SecurityEventStore {
  const events: LoggedSecurityEvent[] = []
  let lastId = 0n
  return {
    insert: async (added) => {
      for (const event of added) events.push({ ...event, id: (lastId += 1n) })
    },
    list: async ({ personId, accountId, limit, after }) =>
      events
        .filter((event) => personId === null || event.personId === personId)
        .filter((event) => accountId === null || event.accountId === accountId)
        .filter((event) => after === null || event.id < after)
        .reverse()
        .slice(0, limit),
    shortenAddresses: async (beforeMs) => {
      for (const [index, event] of events.entries()) {
        const { clientIp, at } = event
        if (at.getTime() >= beforeMs || clientIp === null || clientIp.includes('/')) continue
        events[index] = { ...event, clientIp: networkOf(clientIp, placeBits) ?? null }
      }
    },
    removeOld: async (beforeMs) => {
      const kept = events.filter((event) => event.at.getTime() >= beforeMs)
      events.splice(0, events.length, ...kept)
    },
  }
}
