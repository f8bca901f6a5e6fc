import type { AccountId, PersonId } from '#domain/identifiers.ts'
import type { Membership, MembershipWithAccount, Person } from '#domain/people.ts'
import type { AccountStore } from '#ports/accounts.ts'
import type { EmailChange, MembershipChange, PeopleStore, SignUp } from '#ports/people.ts'

/** What is kept: people, their places in accounts, and the changes of their addresses. */
interface State {
  readonly accounts: Pick<AccountStore, 'create' | 'find'>
  readonly people: Map<PersonId, Person>
  readonly memberships: Membership[]
  readonly changes: { change: EmailChange; oldEmail: string; isUndone: boolean }[]
}

/** People in memory. Accounts are those of the store given. */
export function makeMemoryPeopleStore(
  accounts: Pick<AccountStore, 'create' | 'find'>,
): PeopleStore {
  const state: State = { accounts, people: new Map(), memberships: [], changes: [] }
  return {
    signUp: (made) => signUp(state, made),
    find: async (id) => state.people.get(id),
    findByEmail: async (email) => personWith(state, email),
    update: async (id, change) => {
      const person = state.people.get(id)
      return person && put(state, { ...person, ...change })
    },
    acceptPolicy: async ({ personId, document, version, nowMs }) => {
      const person = state.people.get(personId)
      const known = person?.acceptedPolicies ?? []
      if (!person || known.some((one) => one.document === document && one.version === version)) {
        return
      }
      const accepted = { document, version, acceptedAt: new Date(nowMs) }
      put(state, { ...person, acceptedPolicies: [...known, accepted] })
    },
    memberships: (id) => withAccounts(state, (one) => one.personId === id),
    findMembership: async (personId, accountId) =>
      (
        await withAccounts(state, (one) => one.personId === personId && one.accountId === accountId)
      )[0],
    members: async (accountId) =>
      state.memberships.flatMap((membership) => {
        const person = state.people.get(membership.personId)
        return person && membership.accountId === accountId ? [{ membership, person }] : []
      }),
    putMembership: async ({ personId, accountId, role, nowMs }) => {
      const account = await state.accounts.find(accountId)
      if (!account || !state.people.has(personId)) return 'unknown'
      if (role !== 'owner' && isLastOwner(state, personId, accountId)) return 'last_owner'
      const place = placeOf(state, personId, accountId)
      const createdAt = state.memberships[place]?.createdAt ?? new Date(nowMs)
      const membership = { personId, accountId, role, createdAt }
      if (place === -1) state.memberships.push(membership)
      else state.memberships[place] = membership
      return 'done'
    },
    removeMembership: async (personId, accountId): Promise<MembershipChange> => {
      if (isLastOwner(state, personId, accountId)) return 'last_owner'
      const place = placeOf(state, personId, accountId)
      if (place === -1) return 'unknown'
      state.memberships.splice(place, 1)
      return 'done'
    },
    changeEmail: async (change) => changeEmail(state, change),
    undoEmailChange: async (undoHash, nowMs) => undoEmailChange(state, undoHash, nowMs),
    isHeldForUndo: async (email, nowMs) =>
      state.changes.some((one) => one.oldEmail === email && canBeUndone(one, nowMs)),
  }
}

async function signUp(
  state: State,
  { person, role, account, nowMs }: SignUp,
): Promise<Person | undefined> {
  if (personWith(state, person.email)) return undefined
  const at = new Date(nowMs)
  const { acceptedPolicies, ...facts } = person
  const made = put(state, {
    ...facts,
    acceptedPolicies: Object.entries(acceptedPolicies).map(([document, version]) => ({
      document: document as 'privacy',
      version,
      acceptedAt: at,
    })),
    createdAt: at,
  })
  const { id: personId } = person
  state.memberships.push({ personId, accountId: account.id, role, createdAt: at })
  if ('displayName' in account) await state.accounts.create(account)
  return made
}

function put(state: State, person: Person): Person {
  state.people.set(person.id, person)
  return person
}

function personWith(state: State, email: string): Person | undefined {
  return [...state.people.values()].find((person) => person.email === email)
}

async function withAccounts(
  { accounts, memberships }: State,
  isWanted: (membership: Membership) => boolean,
): Promise<readonly MembershipWithAccount[]> {
  const found: MembershipWithAccount[] = []
  for (const membership of memberships.filter(isWanted)) {
    const account = await accounts.find(membership.accountId)
    if (account) found.push({ membership, account })
  }
  return found
}

function placeOf({ memberships }: State, personId: PersonId, accountId: AccountId): number {
  return memberships.findIndex((one) => one.personId === personId && one.accountId === accountId)
}

function isLastOwner({ memberships }: State, personId: PersonId, accountId: AccountId): boolean {
  const owners = memberships.filter((one) => one.accountId === accountId && one.role === 'owner')
  return owners.length === 1 && owners[0]?.personId === personId
}

function changeEmail(state: State, change: EmailChange): 'changed' | 'taken' | 'unknown' {
  const { personId, newEmail, nowMs } = change
  const person = state.people.get(personId)
  if (!person) return 'unknown'
  const other = personWith(state, newEmail)
  const isHeld = state.changes.some(
    (one) =>
      one.oldEmail === newEmail && one.change.personId !== personId && canBeUndone(one, nowMs),
  )
  if ((other && other.id !== personId) || isHeld) return 'taken'
  state.changes.push({ change, oldEmail: person.email, isUndone: false })
  put(state, { ...person, email: newEmail })
  return 'changed'
}

function undoEmailChange(state: State, undoHash: Uint8Array, nowMs: number) {
  const place = state.changes.findIndex(
    (one) => canBeUndone(one, nowMs) && isSame(one.change.undoHash, undoHash),
  )
  const found = state.changes[place]
  const person = found && state.people.get(found.change.personId)
  if (!found || !person) return undefined
  for (const later of state.changes.slice(place)) {
    if (later.change.personId === person.id) later.isUndone = true
  }
  return {
    person: put(state, { ...person, email: found.oldEmail }),
    newEmail: found.change.newEmail,
  }
}

function canBeUndone(one: { change: EmailChange; isUndone: boolean }, nowMs: number): boolean {
  return !one.isUndone && one.change.undoUntilMs > nowMs
}

function isSame(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index])
}
