import { randomBytes } from 'node:crypto'

import { describe, expect, test } from 'vitest'

import { makeEmailChangeId, makePersonId, randomBase62 } from '#domain/identifiers.ts'

import { newAccount } from './accounts.conformance.ts'
import type { AccountStore } from './accounts.ts'
import type { NewPerson, PeopleStore, SignUp } from './people.ts'

/** The stores under test, over the same accounts. */
export interface PeopleStores {
  readonly people: PeopleStore
  readonly accounts: AccountStore
}

const nowMs = 1_764_000_000_000

/** A person with a fresh id and address. */
export function newPerson(overrides: Partial<NewPerson> = {}): NewPerson {
  return {
    id: makePersonId(randomBytes),
    email: `${randomBase62(12, randomBytes).toLowerCase()}@example.com`,
    displayName: 'Ada',
    locale: 'en',
    ageStatement: 'adult',
    acceptedPolicies: { privacy: '1' },
    ...overrides,
  }
}

/** A sign-up of a fresh person with an account of their own. */
export function newSignUp(person: NewPerson = newPerson()): SignUp {
  return { person, role: 'owner', account: newAccount({ region: 'DE' }), nowMs }
}

/** What every store of people promises. The store may hold people already. */
export function peopleStoreConformance(
  name: string,
  makeStores: () => Promise<PeopleStores>,
): void {
  describe(`${name}: people`, () => {
    test('a sign-up makes the person, the account and the place in it, as they were given', async () => {
      const { people, accounts } = await makeStores()
      const signUp = newSignUp()
      const { acceptedPolicies: _, ...facts } = signUp.person
      const person = await people.signUp(signUp)
      const acceptedAt = new Date(nowMs)
      expect(person).toEqual({
        ...facts,
        acceptedPolicies: [{ document: 'privacy', version: '1', acceptedAt }],
        createdAt: acceptedAt,
      })
      expect(await people.find(signUp.person.id)).toEqual(person)
      expect(await people.findByEmail(signUp.person.email)).toEqual(person)
      const account = await accounts.find(signUp.account.id)
      expect(account).toMatchObject({ status: 'active', region: 'DE', role: 'customer' })
      const [place, ...more] = await people.memberships(signUp.person.id)
      expect(more).toEqual([])
      expect(place).toEqual({
        account,
        membership: {
          personId: signUp.person.id,
          accountId: signUp.account.id,
          role: 'owner',
          createdAt: acceptedAt,
        },
      })
    })

    test('an address belongs to one person: the second sign-up makes nothing', async () => {
      const { people, accounts } = await makeStores()
      const first = newSignUp()
      const second = newSignUp(newPerson({ email: first.person.email }))
      await people.signUp(first)
      expect(await people.signUp(second)).toBeUndefined()
      expect(await people.find(second.person.id)).toBeUndefined()
      expect(await accounts.find(second.account.id)).toBeUndefined()
    })

    test('of many who sign up with one address at once, one does', async () => {
      const { people } = await makeStores()
      const { email } = newPerson()
      const made = await Promise.all(
        Array.from({ length: 12 }, () => people.signUp(newSignUp(newPerson({ email })))),
      )
      expect(made.filter((person) => person !== undefined)).toHaveLength(1)
    })

    test('a name, a language and accepted policies change, and nothing else', async () => {
      const { people } = await makeStores()
      const { person: given } = newSignUp()
      const person = await people.signUp({ ...newSignUp(), person: given })
      const later = nowMs + 5
      const accepted = { personId: given.id, document: 'privacy', version: '2' } as const
      await people.acceptPolicy({ ...accepted, nowMs: later })
      await people.acceptPolicy({ ...accepted, nowMs: later + 5 })
      const changed = await people.update(given.id, { displayName: '🦊 é', locale: null })
      expect(changed).toEqual({
        ...person,
        displayName: '🦊 é',
        locale: null,
        acceptedPolicies: [
          ...(person?.acceptedPolicies ?? []),
          { document: 'privacy', version: '2', acceptedAt: new Date(later) },
        ],
      })
      expect(await people.update(newPerson().id, { displayName: 'x' })).toBeUndefined()
    })

    describeMemberships(makeStores)
    describeEmailChanges(makeStores)
  })
}

function describeMemberships(makeStores: () => Promise<PeopleStores>): void {
  test('someone can join an account, get another role in it, and leave it', async () => {
    const { people } = await makeStores()
    const owner = newSignUp()
    const guest = newSignUp()
    await people.signUp(owner)
    await people.signUp(guest)
    const place = { personId: guest.person.id, accountId: owner.account.id, nowMs }
    expect(await people.putMembership({ ...place, role: 'viewer' })).toBe('done')
    expect(await people.putMembership({ ...place, role: 'developer' })).toBe('done')
    const found = await people.findMembership(guest.person.id, owner.account.id)
    expect(found?.membership.role).toBe('developer')
    const members = await people.members(owner.account.id)
    expect(members.map(({ person, membership }) => [person.id, membership.role])).toEqual(
      expect.arrayContaining([
        [owner.person.id, 'owner'],
        [guest.person.id, 'developer'],
      ]),
    )
    expect(members).toHaveLength(2)
    expect(await people.removeMembership(guest.person.id, owner.account.id)).toBe('done')
    expect(await people.removeMembership(guest.person.id, owner.account.id)).toBe('unknown')
    expect(await people.findMembership(guest.person.id, owner.account.id)).toBeUndefined()
  })

  test('nobody joins an account that is not there, and nobody unknown joins one', async () => {
    const { people } = await makeStores()
    const owner = newSignUp()
    await people.signUp(owner)
    const role = 'viewer'
    const { id: accountId } = newAccount()
    const personId = owner.person.id
    expect(await people.putMembership({ personId, accountId, role, nowMs })).toBe('unknown')
    const stranger = { personId: newPerson().id, accountId: owner.account.id, role, nowMs } as const
    expect(await people.putMembership(stranger)).toBe('unknown')
  })

  test('an account always keeps an owner, also when two leave at once', async () => {
    const { people } = await makeStores()
    const owner = newSignUp()
    const guest = newSignUp()
    await people.signUp(owner)
    await people.signUp(guest)
    const accountId = owner.account.id
    const place = { personId: owner.person.id, accountId, nowMs }
    expect(await people.putMembership({ ...place, role: 'admin' })).toBe('last_owner')
    expect(await people.removeMembership(owner.person.id, accountId)).toBe('last_owner')
    await people.putMembership({ ...place, personId: guest.person.id, role: 'owner' })
    const left = await Promise.all(
      [owner, guest].map(({ person }) => people.removeMembership(person.id, accountId)),
    )
    expect(left.toSorted()).toEqual(['done', 'last_owner'])
  })
}

function describeEmailChanges(makeStores: () => Promise<PeopleStores>): void {
  const newChange = (personId: NewPerson['id']) => ({
    id: makeEmailChangeId(randomBytes),
    personId,
    newEmail: newPerson().email,
    undoHash: Uint8Array.from(randomBytes(32)),
    undoUntilMs: nowMs + 1_000,
    nowMs,
  })

  test('an address changes, and can be taken back once, within its time', async () => {
    const { people } = await makeStores()
    const { person } = newSignUp()
    await people.signUp({ ...newSignUp(), person })
    const change = newChange(person.id)
    expect(await people.changeEmail(change)).toBe('changed')
    expect((await people.findByEmail(change.newEmail))?.id).toBe(person.id)
    expect(await people.findByEmail(person.email)).toBeUndefined()
    expect(await people.isHeldForUndo(person.email, nowMs)).toBe(true)
    expect(await people.undoEmailChange(change.undoHash, nowMs + 1_000)).toBeUndefined()
    const undone = await people.undoEmailChange(change.undoHash, nowMs + 999)
    expect(undone?.person.email).toBe(person.email)
    expect(undone?.newEmail).toBe(change.newEmail)
    expect(await people.undoEmailChange(change.undoHash, nowMs)).toBeUndefined()
    expect(await people.isHeldForUndo(person.email, nowMs)).toBe(false)
  })

  test('taking an address back undoes what came after it too', async () => {
    const { people } = await makeStores()
    const { person } = newSignUp()
    await people.signUp({ ...newSignUp(), person })
    const first = newChange(person.id)
    const second = newChange(person.id)
    await people.changeEmail(first)
    await people.changeEmail(second)
    await people.undoEmailChange(first.undoHash, nowMs)
    expect((await people.find(person.id))?.email).toBe(person.email)
    expect(await people.undoEmailChange(second.undoHash, nowMs)).toBeUndefined()
  })

  test('an address of another person, or one that another may take back, is taken', async () => {
    const { people } = await makeStores()
    const one = newSignUp()
    const two = newSignUp()
    await people.signUp(one)
    await people.signUp(two)
    const taken = { ...newChange(two.person.id), newEmail: one.person.email }
    expect(await people.changeEmail(taken)).toBe('taken')
    await people.changeEmail(newChange(one.person.id))
    expect(await people.changeEmail(taken)).toBe('taken')
    expect((await people.find(two.person.id))?.email).toBe(two.person.email)
    expect(await people.changeEmail(newChange(newPerson().id))).toBe('unknown')
  })
}
