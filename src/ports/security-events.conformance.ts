import { randomBytes } from 'node:crypto'

import { describe, expect, test } from 'vitest'

import { makeAccountId, makeKeyId, makePersonId, makeSessionId } from '#domain/identifiers.ts'

import type { SecurityEvent, SecurityEventStore } from './security-events.ts'

const nowMs = 1_764_000_000_000

function newEvent(overrides: Partial<SecurityEvent> = {}): SecurityEvent {
  return {
    kind: 'signed_in',
    at: new Date(nowMs),
    personId: makePersonId(randomBytes),
    accountId: makeAccountId(randomBytes),
    sessionId: makeSessionId(randomBytes),
    keyId: makeKeyId(randomBytes),
    requestId: 'req_1',
    clientIp: '192.0.2.77',
    device: 'Firefox on Linux',
    detail: 'code',
    ...overrides,
  }
}

/** What every log of security events promises. */
export function securityEventStoreConformance(
  name: string,
  makeStore: () => Promise<SecurityEventStore>,
): void {
  const page = { accountId: null, limit: 10, after: null }

  describe(`${name}: security events`, () => {
    test('events are listed by person or account, newest first, page by page', async () => {
      const store = await makeStore()
      const { personId, accountId } = newEvent()
      const mine = [1, 2, 3].map((index) =>
        newEvent({ personId, accountId, detail: `${index}`, at: new Date(nowMs + index) }),
      )
      await store.insert([...mine, newEvent()])
      await store.insert([])
      const first = await store.list({ ...page, personId, limit: 2 })
      expect(first.map(({ detail }) => detail)).toEqual(['3', '2'])
      const { id, ...event } = first[0] ?? expect.fail('there are three')
      expect(event).toEqual(mine[2])
      expect(typeof id).toBe('bigint')
      const after = first.at(-1)?.id ?? null
      const second = await store.list({ ...page, personId, limit: 2, after })
      expect(second.map(({ detail }) => detail)).toEqual(['1'])
      expect(await store.list({ ...page, personId: null, accountId })).toHaveLength(3)
    })

    test('what is not known stays null', async () => {
      const store = await makeStore()
      const { personId } = newEvent()
      const nothing = { accountId: null, sessionId: null, keyId: null, requestId: null }
      const event = newEvent({ personId, ...nothing, clientIp: null, device: null, detail: null })
      await store.insert([event])
      expect(await store.list({ ...page, personId })).toMatchObject([event])
    })

    test('old events keep only the network of an address, and older ones are gone', async () => {
      const store = await makeStore()
      const { personId } = newEvent()
      const at = (ms: number, clientIp: string) =>
        newEvent({ personId, at: new Date(ms), clientIp })
      await store.insert([
        at(1_000, '192.0.2.1'),
        at(5_000, '198.51.100.77'),
        at(5_000, '2001:db8:1:2:3:4:5:6'),
        at(9_000, '203.0.113.9'),
      ])
      await store.shortenAddresses(6_000)
      await store.shortenAddresses(6_000)
      await store.removeOld(2_000)
      const left = await store.list({ ...page, personId })
      expect(left.map(({ clientIp }) => clientIp)).toEqual([
        '203.0.113.9',
        '2001:db8:1::/48',
        '198.51.100.0/24',
      ])
    })
  })
}
