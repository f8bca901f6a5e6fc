import { randomBytes } from 'node:crypto'

import { describe, expect, test } from 'vitest'

import { makeSessionId, type PersonId } from '#domain/identifiers.ts'
import { sessionsPerPersonMax } from '#domain/limits.ts'

import { newSignUp } from './people.conformance.ts'
import type { PeopleStore } from './people.ts'
import type { NewSession, SessionStore } from './sessions.ts'

/** The stores under test, over the same people. */
export interface SessionStores {
  readonly people: PeopleStore
  readonly sessions: SessionStore
}

const nowMs = 1_764_000_000_000
const newHash = () => Uint8Array.from(randomBytes(32))

function newSession(personId: PersonId, overrides: Partial<NewSession> = {}): NewSession {
  return {
    id: makeSessionId(randomBytes),
    personId,
    tokenHash: newHash(),
    authenticatedBy: 'code',
    network: '192.0.2.1/32',
    device: 'Firefox on Linux',
    nowMs,
    ...overrides,
  }
}

/** What every store of sessions promises. The store may hold sessions already. */
export function sessionStoreConformance(
  name: string,
  makeStores: () => Promise<SessionStores>,
): void {
  const make = async () => {
    const { people, sessions } = await makeStores()
    const person = await people.signUp(newSignUp())
    if (person === undefined) expect.fail('the address was fresh')
    return { sessions, person, people }
  }

  describe(`${name}: sessions`, () => {
    test('a session that began is found by its token, with its person', async () => {
      const { sessions, person } = await make()
      const begun = newSession(person.id)
      const { session, isFirst, isKnownDevice } = await sessions.begin(begun)
      const { tokenHash: _, nowMs: at, ...facts } = begun
      expect(session).toEqual({
        ...facts,
        createdAt: new Date(at),
        lastUsedAt: new Date(at),
        stepUp: null,
        endedAt: null,
      })
      expect([isFirst, isKnownDevice]).toEqual([true, false])
      expect(await sessions.findByToken(begun.tokenHash)).toEqual({ session, person })
      expect(await sessions.findByToken(newHash())).toBeUndefined()
    })

    test('a device is known when it came from the same network before', async () => {
      const { sessions, person } = await make()
      await sessions.begin(newSession(person.id))
      const again = await sessions.begin(newSession(person.id))
      const other = await sessions.begin(newSession(person.id, { network: '198.51.100.1/32' }))
      const browser = await sessions.begin(newSession(person.id, { device: 'curl' }))
      expect([again.isFirst, again.isKnownDevice]).toEqual([false, true])
      expect([other.isKnownDevice, browser.isKnownDevice]).toEqual([false, false])
    })

    test('use is noted, and never set back', async () => {
      const { sessions, person } = await make()
      const begun = newSession(person.id)
      const { session } = await sessions.begin(begun)
      await sessions.touch(session.id, nowMs + 60_000)
      await sessions.touch(session.id, nowMs + 30_000)
      const found = await sessions.findByToken(begun.tokenHash)
      expect(found?.session.lastUsedAt).toEqual(new Date(nowMs + 60_000))
    })

    test('beyond the most at once, those unused for longest end', async () => {
      const { sessions, person } = await make()
      const begun = []
      for (let index = 0; index < sessionsPerPersonMax; index += 1) {
        begun.push(await sessions.begin(newSession(person.id, { nowMs: nowMs + index })))
      }
      const [oldest, second] = begun
      if (oldest === undefined || second === undefined) expect.fail('there are many')
      await sessions.touch(oldest.session.id, nowMs + 1_000)
      await sessions.begin(newSession(person.id, { nowMs: nowMs + 2_000 }))
      const open = (await sessions.list(person.id)).map(({ id }) => id)
      expect(open).toHaveLength(sessionsPerPersonMax)
      expect(open).toContain(oldest.session.id)
      expect(open).not.toContain(second.session.id)
    })

    test('sign-ins at the same moment do not get past the most at once', async () => {
      const { sessions, person } = await make()
      await Promise.all(
        Array.from({ length: sessionsPerPersonMax + 8 }, () =>
          sessions.begin(newSession(person.id)),
        ),
      )
      expect(await sessions.list(person.id)).toHaveLength(sessionsPerPersonMax)
    })

    test('a proof replaces the token at once; the same token proves once', async () => {
      const { sessions, person } = await make()
      const begun = newSession(person.id)
      await sessions.begin(begun)
      const proof = {
        ...{ id: begun.id, oldTokenHash: begun.tokenHash, newTokenHash: newHash() },
        ...({ action: 'change_email', method: 'passkey', nowMs: nowMs + 5 } as const),
        ...{ network: '198.51.100.7/32', device: 'Safari on iPhone' },
      }
      const proven = await sessions.prove(proof)
      expect(proven).toMatchObject({
        authenticatedBy: 'passkey',
        stepUp: { action: 'change_email', at: new Date(nowMs + 5) },
        ...{ network: '198.51.100.7/32', device: 'Safari on iPhone' },
      })
      expect(await sessions.findByToken(begun.tokenHash)).toBeUndefined()
      expect((await sessions.findByToken(proof.newTokenHash))?.session).toEqual(proven)
      expect(await sessions.prove({ ...proof, newTokenHash: newHash() })).toBeUndefined()
    })

    test('that a person is told of a use elsewhere is noted once in a while, for each session', async () => {
      const { sessions, person } = await make()
      const [one, two] = [newSession(person.id), newSession(person.id)]
      await sessions.begin(one)
      await sessions.begin(two)
      const note = (id: typeof one.id, laterMs: number) =>
        sessions.noteElsewhere({ id, nowMs: nowMs + laterMs, againMs: nowMs + laterMs - 1_000 })
      const atOnce = await Promise.all([note(one.id, 0), note(one.id, 0), note(one.id, 0)])
      expect(atOnce.filter(Boolean)).toHaveLength(1)
      expect(await note(two.id, 0)).toBe(true)
      expect([await note(one.id, 999), await note(one.id, 1_000)]).toEqual([false, true])
    })

    test('a person ends one session, all others, or all; never those of someone else', async () => {
      const { sessions, person, people } = await make()
      const other = await people.signUp(newSignUp())
      if (other === undefined) expect.fail('the address was fresh')
      const [one, two, three] = [0, 1, 2].map((later) =>
        newSession(person.id, { nowMs: nowMs + later }),
      )
      if (!one || !two || !three) expect.fail('there are three')
      const foreign = newSession(other.id)
      for (const session of [one, two, three, foreign]) await sessions.begin(session)
      const ended = { id: one.id, personId: other.id, nowMs }
      expect(await sessions.end(ended)).toBe(false)
      expect(await sessions.end({ ...ended, personId: person.id })).toBe(true)
      expect(await sessions.end({ ...ended, personId: person.id })).toBe(false)
      const found = await sessions.findByToken(one.tokenHash)
      expect(found?.session.endedAt).toEqual(new Date(nowMs))
      expect((await sessions.list(person.id)).map(({ id }) => id)).toEqual([three.id, two.id])
      expect(await sessions.endAll({ personId: person.id, except: two.id, nowMs })).toBe(1)
      expect(await sessions.endAll({ personId: person.id, except: null, nowMs })).toBe(1)
      expect(await sessions.list(person.id)).toEqual([])
      expect(await sessions.list(other.id)).toHaveLength(1)
    })

    test('an ended session takes no proof', async () => {
      const { sessions, person } = await make()
      const begun = newSession(person.id)
      await sessions.begin(begun)
      await sessions.end({ id: begun.id, personId: person.id, nowMs })
      const hashes = { oldTokenHash: begun.tokenHash, newTokenHash: newHash() }
      const proof = { id: begun.id, ...hashes, action: 'create_key', method: 'code' } as const
      const place = { network: null, device: 'curl' }
      expect(await sessions.prove({ ...proof, ...place, nowMs })).toBeUndefined()
    })

    test('old sessions are removed, and no others', async () => {
      const { sessions, person } = await make()
      const ended = newSession(person.id)
      const old = newSession(person.id, { nowMs: 1_000 })
      const alive = newSession(person.id)
      for (const session of [ended, old, alive]) await sessions.begin(session)
      await sessions.end({ id: ended.id, personId: person.id, nowMs: 2_000 })
      await sessions.removeOld({ endedMs: 3_000, begunMs: 3_000 })
      expect(await sessions.findByToken(ended.tokenHash)).toBeUndefined()
      expect(await sessions.findByToken(old.tokenHash)).toBeUndefined()
      expect(await sessions.findByToken(alive.tokenHash)).toBeDefined()
    })
  })
}
