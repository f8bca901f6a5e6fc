import { randomBytes } from 'node:crypto'

import { describe, expect, test } from 'vitest'

import {
  type AccountId,
  makeInvitationId,
  makePersonId,
  randomBase62,
} from '#domain/identifiers.ts'
import type { InvitationTally } from '#domain/invitations.ts'

import type { InvitationStore, NewInvitation } from './invitations.ts'
import { newPerson, newSignUp, type PeopleStores } from './people.conformance.ts'

/** The stores under test, over the same accounts and people. */
export interface InvitationStores extends PeopleStores {
  readonly invitations: InvitationStore
}

const nowMs = 1_764_000_000_000
const hourMs = 60 * 60_000
const send = () => 'send' as const
const freshHash = () => Uint8Array.from(randomBytes(32))

function newInvitation(accountId: AccountId, more: Partial<NewInvitation> = {}): NewInvitation {
  return {
    id: makeInvitationId(randomBytes),
    accountId,
    email: `${randomBase62(12, randomBytes).toLowerCase()}@example.com`,
    role: 'developer',
    invitedBy: makePersonId(randomBytes),
    tokenHash: freshHash(),
    expiresAtMs: nowMs + hourMs,
    nowMs,
    ...more,
  }
}

async function signUp({ people }: PeopleStores, email?: string) {
  const made = newSignUp(newPerson(email === undefined ? {} : { email }))
  await people.signUp(made)
  return { personId: made.person.id, email: made.person.email, accountId: made.account.id }
}

/** What every store of invitations promises. The store may hold some already. */
export function invitationStoreConformance(
  name: string,
  makeStores: () => Promise<InvitationStores>,
): void {
  describe(`${name}: invitations`, () => {
    test('one comes out as it went in, newest first, without its token', async () => {
      const stores = await makeStores()
      const { invitations } = stores
      const { accountId } = await signUp(stores)
      const first = newInvitation(accountId)
      const second = newInvitation(accountId, { nowMs: nowMs + 1, role: 'owner' })
      const made = await invitations.create(first, send)
      await invitations.create(second, send)
      const at = new Date(nowMs)
      const { tokenHash: _, expiresAtMs, nowMs: _now, ...facts } = first
      const expected = {
        ...{ ...facts, createdAt: at, lastSentAt: at, sentCount: 1 },
        expiresAt: new Date(expiresAtMs),
      }
      expect(made).toEqual({ kind: 'sent', invitation: expected })
      const listed = await invitations.list(accountId)
      expect(listed.map(({ id }) => id)).toEqual([second.id, first.id])
      expect(listed[1]).toEqual(expected)
      expect(await invitations.findByToken(first.tokenHash, nowMs)).toEqual(expected)
      expect(await invitations.findByToken(first.tokenHash, expiresAtMs)).toBeUndefined()
      expect(await invitations.findByToken(freshHash(), nowMs)).toBeUndefined()
    })

    test('what was counted is told before, and what is refused changes nothing', async () => {
      const stores = await makeStores()
      const { invitations } = stores
      const ada = await signUp(stores)
      const tallies: InvitationTally[] = []
      const refuse = (tally: InvitationTally) => {
        tallies.push(tally)
        return 'account_full' as const
      }
      const first = newInvitation(ada.accountId)
      await invitations.create(first, send)
      const later = { nowMs: nowMs + 1_000, email: first.email }
      const refused = await invitations.create(newInvitation(ada.accountId, later), refuse)
      expect(refused).toEqual({ kind: 'refused', reason: 'account_full' })
      await invitations.create(newInvitation(ada.accountId, { email: ada.email }), refuse)
      const other = await signUp(stores)
      await invitations.create(newInvitation(other.accountId, later), refuse)
      const counted = { accountMailsInDay: 1, addressMailsInDay: 1, own: null }
      expect(tallies).toEqual([
        { ...counted, isMember: false, isInvited: true, peopleCount: 2 },
        { ...counted, isMember: true, isInvited: false, peopleCount: 2, addressMailsInDay: 0 },
        { ...counted, isMember: false, isInvited: false, peopleCount: 1, accountMailsInDay: 0 },
      ])
      expect(await invitations.list(ada.accountId)).toHaveLength(1)
      const unknown = newInvitation('acct_nobody')
      expect(await invitations.create(unknown, send)).toEqual({ kind: 'unknown' })
    })

    test('of many callers at once for one address, each sees what those before it did', async () => {
      const stores = await makeStores()
      const { accountId } = await signUp(stores)
      const email = `${randomBase62(12, randomBytes).toLowerCase()}@example.com`
      const changes = await Promise.all(
        Array.from({ length: 5 }, () =>
          stores.invitations.create(newInvitation(accountId, { email }), ({ isInvited }) =>
            isInvited ? 'invited' : 'send',
          ),
        ),
      )
      expect(changes.filter(({ kind }) => kind === 'sent')).toHaveLength(1)
    })

    test('one that is sent again has another token, more time, and counts', async () => {
      const stores = await makeStores()
      const { invitations } = stores
      const { accountId } = await signUp(stores)
      const made = newInvitation(accountId)
      await invitations.create(made, send)
      const tokenHash = freshHash()
      const again = {
        ...{ id: made.id, accountId, tokenHash },
        ...{ expiresAtMs: nowMs + 3 * hourMs, nowMs: nowMs + 2 * hourMs },
      }
      let seen: InvitationTally | undefined
      const change = await invitations.renew(again, (tally) => {
        seen = tally
        return 'send'
      })
      expect(change).toMatchObject({ kind: 'sent', invitation: { sentCount: 2 } })
      expect(seen).toEqual({
        ...{ isMember: false, isInvited: false, peopleCount: 1 },
        ...{ accountMailsInDay: 1, addressMailsInDay: 1 },
        own: { sentCount: 1, lastSentAtMs: nowMs },
      })
      expect(await invitations.findByToken(made.tokenHash, nowMs)).toBeUndefined()
      expect(await invitations.findByToken(tokenHash, again.nowMs)).toMatchObject({ id: made.id })
      const foreign = (await signUp(stores)).accountId
      expect(await invitations.renew({ ...again, accountId: foreign }, send)).toEqual({
        kind: 'unknown',
      })
    })

    test('twenty acceptances at once make one member, who has the role of the invitation', async () => {
      const stores = await makeStores()
      const { invitations, people } = stores
      const { accountId } = await signUp(stores)
      const made = newInvitation(accountId)
      await invitations.create(made, send)
      const { personId } = await signUp(stores, made.email)
      const acceptance = { tokenHash: made.tokenHash, personId, email: made.email, nowMs }
      const stranger = await signUp(stores)
      expect(await invitations.accept({ ...acceptance, ...stranger })).toBeUndefined()
      const accepted = await Promise.all(
        Array.from({ length: 20 }, () => invitations.accept(acceptance)),
      )
      expect(accepted.filter((one) => one !== undefined)).toHaveLength(1)
      const place = await people.findMembership(personId, accountId)
      expect(place?.membership).toMatchObject({ role: 'developer', createdAt: new Date(nowMs) })
      expect(await invitations.list(accountId)).toEqual([])
    })

    test('whoever is a member already keeps their role', async () => {
      const stores = await makeStores()
      const { invitations, people } = stores
      const ada = await signUp(stores)
      const made = newInvitation(ada.accountId, { email: ada.email, role: 'viewer' })
      await invitations.create(made, send)
      expect(await invitations.accept({ ...ada, tokenHash: made.tokenHash, nowMs })).toBeDefined()
      const place = await people.findMembership(ada.personId, ada.accountId)
      expect(place?.membership.role).toBe('owner')
    })

    test('one that was withdrawn, or ran out, accepts nothing; a new one takes its place', async () => {
      const stores = await makeStores()
      const { invitations } = stores
      const ada = await signUp(stores)
      const withdrawn = newInvitation(ada.accountId, { email: ada.email })
      await invitations.create(withdrawn, send)
      expect(await invitations.revoke(withdrawn.id, 'acct_other', nowMs)).toBe(false)
      expect(await invitations.revoke(withdrawn.id, ada.accountId, nowMs)).toBe(true)
      expect(await invitations.revoke(withdrawn.id, ada.accountId, nowMs)).toBe(false)
      expect(
        await invitations.accept({ ...ada, tokenHash: withdrawn.tokenHash, nowMs }),
      ).toBeUndefined()
      const old = newInvitation(ada.accountId, { email: ada.email })
      await invitations.create(old, send)
      const late = { ...ada, tokenHash: old.tokenHash, nowMs: old.expiresAtMs }
      expect(await invitations.accept(late)).toBeUndefined()
      const fresh = newInvitation(ada.accountId, { email: ada.email, nowMs: old.expiresAtMs })
      const made = await invitations.create(
        { ...fresh, expiresAtMs: fresh.nowMs + hourMs },
        ({ isInvited }) => (isInvited ? 'invited' : 'send'),
      )
      expect(made.kind).toBe('sent')
      expect((await invitations.list(ada.accountId)).map(({ id }) => id)).toEqual([fresh.id])
    })

    test('what ended, or ran out, before a moment is removed, and nothing else', async () => {
      const stores = await makeStores()
      const { invitations } = stores
      const { accountId } = await signUp(stores)
      const open = newInvitation(accountId)
      const ranOut = newInvitation(accountId, { expiresAtMs: nowMs - hourMs })
      await invitations.create(open, send)
      await invitations.create(ranOut, send)
      await invitations.removeOld(nowMs - hourMs)
      expect(await invitations.list(accountId)).toHaveLength(2)
      await invitations.removeOld(nowMs - hourMs + 1)
      expect((await invitations.list(accountId)).map(({ id }) => id)).toEqual([open.id])
    })
  })
}
