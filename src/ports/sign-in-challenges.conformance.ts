import { randomBytes } from 'node:crypto'

import { describe, expect, test } from 'vitest'

import { makeSessionId } from '#domain/identifiers.ts'
import { challengeKeptMs, challengeTriesMax } from '#domain/limits.ts'
import type { ChallengeTally } from '#domain/sign-in.ts'

import { newPerson, newSignUp } from './people.conformance.ts'
import type { PeopleStore } from './people.ts'
import type { SessionStore } from './sessions.ts'
import type { ChallengeStore, NewChallenge } from './sign-in-challenges.ts'

/** The stores under test, over the same people. */
export interface ChallengeStores {
  readonly people: PeopleStore
  readonly sessions: SessionStore
  readonly challenges: ChallengeStore
}

const nowMs = 1_764_000_000_000
const newHash = () => Uint8Array.from(randomBytes(32))
const newNetwork = () => `network ${randomBytes(8).toString('hex')}`

/** A fresh address that somebody asks a code for. */
function newWish() {
  const { email } = newPerson()
  return { addressHash: newHash(), email, network: newNetwork(), nowMs }
}

function newChallenge(email: string, overrides: Partial<NewChallenge> = {}): NewChallenge {
  return {
    idHash: newHash(),
    codeHash: newHash(),
    isShort: true,
    purpose: 'sign_in',
    personId: null,
    email,
    expiresAtMs: nowMs + 1_000,
    ...overrides,
  }
}

/** What every store of codes promises. The store may hold codes already. */
export function challengeStoreConformance(
  name: string,
  makeStores: () => Promise<ChallengeStores>,
): void {
  /** Opens one challenge and tells what was counted before it. */
  const open = async (
    challenges: ChallengeStore,
    wish: ReturnType<typeof newWish>,
    challenge: NewChallenge | undefined,
  ): Promise<ChallengeTally> => {
    const seen: ChallengeTally[] = []
    await challenges.open({
      ...wish,
      decide: (tally) => {
        seen.push(tally)
        return challenge
      },
    })
    const [tally] = seen
    if (tally === undefined) expect.fail('the store asks')
    return tally
  }

  describe(`${name}: codes`, () => {
    test('a challenge is found by the hash of its id while it is open', async () => {
      const { challenges } = await makeStores()
      const wish = newWish()
      const challenge = newChallenge(wish.email)
      await open(challenges, wish, challenge)
      const { purpose, personId, email } = challenge
      const found = await challenges.find(challenge.idHash, nowMs)
      expect(found).toEqual({ purpose, personId, email })
      expect(await challenges.find(newHash(), nowMs)).toBeUndefined()
      expect(await challenges.find(challenge.idHash, nowMs + 1_000)).toBeUndefined()
    })

    test('what is not decided is not opened, and not counted', async () => {
      const { challenges } = await makeStores()
      const wish = newWish()
      await open(challenges, wish, undefined)
      expect((await open(challenges, wish, undefined)).addressSends).toEqual([])
    })

    test('of a hundred right codes at once, one uses the challenge up', async () => {
      const { challenges } = await makeStores()
      const wish = newWish()
      const { idHash, codeHash, ...rest } = newChallenge(wish.email)
      await open(challenges, wish, { idHash, codeHash, ...rest })
      const results = await Promise.all(
        Array.from({ length: 100 }, () =>
          challenges.attempt({ idHash, codeHash, consume: true, nowMs }),
        ),
      )
      expect(results.filter(({ kind }) => kind === 'right')).toHaveLength(1)
      expect(results.filter(({ kind }) => kind === 'over')).toHaveLength(99)
    })

    test('a right code that is not to be used up stays right', async () => {
      const { challenges } = await makeStores()
      const wish = newWish()
      const { idHash, codeHash, ...rest } = newChallenge(wish.email)
      await open(challenges, wish, { idHash, codeHash, ...rest })
      const attempt = { idHash, codeHash, nowMs }
      for (let count = 0; count < challengeTriesMax + 2; count += 1) {
        expect(await challenges.attempt({ ...attempt, consume: false })).toEqual({ kind: 'right' })
      }
      expect(await challenges.attempt({ ...attempt, consume: true })).toEqual({ kind: 'right' })
      expect(await challenges.attempt({ ...attempt, consume: false })).toEqual({ kind: 'over' })
    })

    test('after the last wrong code the right one is no good, however many come at once', async () => {
      const { challenges } = await makeStores()
      const wish = newWish()
      const { idHash, codeHash, ...rest } = newChallenge(wish.email)
      await open(challenges, wish, { idHash, codeHash, ...rest })
      const results = await Promise.all(
        Array.from({ length: 40 }, () =>
          challenges.attempt({ idHash, codeHash: newHash(), consume: true, nowMs }),
        ),
      )
      const left = results.flatMap((one) => (one.kind === 'wrong' ? [one.triesLeft] : []))
      expect(left.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4])
      const right = await challenges.attempt({ idHash, codeHash, consume: true, nowMs })
      expect(right).toEqual({ kind: 'over' })
    })

    test('a code that is too old is over', async () => {
      const { challenges } = await makeStores()
      const wish = newWish()
      const { idHash, codeHash, ...rest } = newChallenge(wish.email)
      await open(challenges, wish, { idHash, codeHash, ...rest })
      const late = { idHash, codeHash, consume: true, nowMs: nowMs + 1_000 }
      expect(await challenges.attempt(late)).toEqual({ kind: 'over' })
    })

    test('codes are counted by address and by network, each within its window', async () => {
      const { challenges } = await makeStores()
      const wish = newWish()
      const elsewhere = { ...wish, network: newNetwork() }
      const neighbour = { ...newWish(), network: wish.network }
      await open(challenges, { ...wish, nowMs: nowMs - 90 * 60_000 }, newChallenge(wish.email))
      await open(challenges, elsewhere, newChallenge(wish.email))
      await open(challenges, neighbour, newChallenge(neighbour.email))
      const tally = await open(challenges, { ...wish, nowMs: nowMs + 5 }, undefined)
      expect(tally.addressSends.map(({ atMs }) => atMs)).toEqual([nowMs - 90 * 60_000, nowMs])
      expect(tally.networkSendsMs).toEqual([nowMs])
      const nextDay = await open(challenges, { ...wish, nowMs: nowMs + 86_400_000 }, undefined)
      expect([nextDay.addressSends, nextDay.networkSendsMs]).toEqual([[], []])
    })

    test('an open short code sets all its tries aside; a used or old one counts its wrong ones', async () => {
      const { challenges } = await makeStores()
      const wish = newWish()
      const used = newChallenge(wish.email)
      await open(challenges, wish, used)
      await open(challenges, wish, newChallenge(wish.email, { isShort: false }))
      const { idHash, codeHash } = used
      expect((await open(challenges, wish, undefined)).shortTriesInHour).toBe(challengeTriesMax)
      await challenges.attempt({ idHash, codeHash: newHash(), consume: true, nowMs })
      await challenges.attempt({ idHash, codeHash: newHash(), consume: true, nowMs })
      await challenges.attempt({ idHash, codeHash, consume: true, nowMs })
      const after = await open(challenges, wish, undefined)
      expect([after.shortTriesInHour, after.shortTriesIn30Days]).toEqual([2, 2])
      const later = await open(challenges, { ...wish, nowMs: nowMs + 2 * 3_600_000 }, undefined)
      expect([later.shortTriesInHour, later.shortTriesIn30Days]).toEqual([0, 2])
    })

    test('wishes for one address at once are counted one after the other', async () => {
      const { challenges } = await makeStores()
      const wish = newWish()
      const counts: number[] = []
      await Promise.all(
        Array.from({ length: 10 }, () =>
          challenges.open({
            ...wish,
            network: newNetwork(),
            decide: ({ addressSends }) => {
              counts.push(addressSends.length)
              return newChallenge(wish.email)
            },
          }),
        ),
      )
      expect(counts.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    })

    test('a network is known after its person signed in from it, for a while', async () => {
      const { challenges, people, sessions } = await makeStores()
      const signUp = newSignUp()
      const wish = { ...newWish(), email: signUp.person.email }
      await people.signUp(signUp)
      expect((await open(challenges, wish, undefined)).isKnownNetwork).toBe(false)
      const by = { authenticatedBy: 'code', device: 'curl' } as const
      const ids = { id: makeSessionId(randomBytes), personId: signUp.person.id }
      const { network } = wish
      await sessions.begin({ ...by, ...ids, network, tokenHash: newHash(), nowMs })
      expect((await open(challenges, wish, undefined)).isKnownNetwork).toBe(true)
      const stranger = { ...wish, network: newNetwork() }
      expect((await open(challenges, stranger, undefined)).isKnownNetwork).toBe(false)
      const later = { ...wish, nowMs: nowMs + 31 * 86_400_000 }
      expect((await open(challenges, later, undefined)).isKnownNetwork).toBe(false)
    })

    test('what no limit counts any more is removed; addresses are forgotten sooner', async () => {
      const { challenges } = await makeStores()
      const wish = newWish()
      const old = { ...wish, nowMs: nowMs - challengeKeptMs - 1 }
      await open(challenges, old, newChallenge(wish.email))
      const { idHash, codeHash, ...rest } = newChallenge(wish.email)
      await open(challenges, wish, { idHash, codeHash, ...rest })
      await challenges.removeOld(nowMs)
      expect(await challenges.find(idHash, nowMs)).toBeDefined()
      await challenges.removeOld(nowMs + 2_000)
      // As if time went back: the row is there, the address is not.
      expect(await challenges.find(idHash, nowMs)).toBeUndefined()
      const tally = await open(challenges, { ...wish, nowMs: old.nowMs + 5 }, undefined)
      expect(tally.addressSends.filter(({ atMs }) => atMs === old.nowMs)).toEqual([])
    })
  })
}
