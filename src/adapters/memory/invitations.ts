import type { AccountId } from '#domain/identifiers.ts'
import type { Invitation } from '#domain/invitations.ts'
import type { AccountStore } from '#ports/accounts.ts'
import type { DecideInvitation, InvitationChange, InvitationStore } from '#ports/invitations.ts'
import type { PeopleStore } from '#ports/people.ts'

/** One invitation as it is kept. */
interface Row {
  invitation: Invitation
  tokenHash: Uint8Array
  endedAtMs: number | null
}

/** What is kept, and the stores that it refers to. */
interface State {
  rows: Row[]
  readonly accounts: Pick<AccountStore, 'find'>
  readonly people: Pick<PeopleStore, 'members' | 'findMembership' | 'putMembership'>
}

const dayMs = 24 * 60 * 60_000

/** Invitations in memory. Accounts and members are those of the stores given. */
export function makeMemoryInvitationStore(parts: Omit<State, 'rows'>): InvitationStore {
  const state: State = { rows: [], ...parts }
  return {
    create: async (made, decide) => {
      const { tokenHash, expiresAtMs, nowMs, ...facts } = made
      if ((await state.accounts.find(made.accountId)) === undefined) return { kind: 'unknown' }
      const members = await state.people.members(made.accountId)
      const at = new Date(nowMs)
      const invitation: Invitation = {
        ...{ ...facts, createdAt: at, lastSentAt: at, sentCount: 1 },
        expiresAt: new Date(expiresAtMs),
      }
      const refused = judge(state, { row: undefined, invitation, members, nowMs, decide })
      if (refused !== undefined) return refused
      for (const row of openRows(state, made.accountId)) {
        if (row.invitation.email === made.email) row.endedAtMs = nowMs
      }
      state.rows.push({ invitation, tokenHash, endedAtMs: null })
      return { kind: 'sent', invitation }
    },
    renew: async ({ id, accountId, tokenHash, expiresAtMs, nowMs }, decide) => {
      const members = await state.people.members(accountId)
      const row = openRows(state, accountId).find((one) => one.invitation.id === id)
      if (row === undefined) return { kind: 'unknown' }
      const { invitation } = row
      const refused = judge(state, { row, invitation, members, nowMs, decide })
      if (refused !== undefined) return refused
      row.tokenHash = tokenHash
      row.invitation = {
        ...invitation,
        ...{ lastSentAt: new Date(nowMs), expiresAt: new Date(expiresAtMs) },
        sentCount: invitation.sentCount + 1,
      }
      return { kind: 'sent', invitation: row.invitation }
    },
    list: async (accountId) =>
      openRows(state, accountId)
        .map(({ invitation }) => invitation)
        .toReversed(),
    findByToken: async (tokenHash, nowMs) => rowOf(state, tokenHash, nowMs)?.invitation,
    revoke: async (id, accountId, nowMs) => {
      const row = openRows(state, accountId).find((one) => one.invitation.id === id)
      if (row === undefined) return false
      row.endedAtMs = nowMs
      return true
    },
    accept: async ({ tokenHash, personId, email, nowMs }) => {
      const row = rowOf(state, tokenHash, nowMs)
      if (row === undefined || row.invitation.email !== email) return undefined
      row.endedAtMs = nowMs
      const { accountId, role } = row.invitation
      if ((await state.people.findMembership(personId, accountId)) === undefined) {
        await state.people.putMembership({ personId, accountId, role, nowMs })
      }
      return row.invitation
    },
    removeOld: async (endedBeforeMs) => {
      state.rows = state.rows.filter(
        ({ invitation, endedAtMs }) =>
          Math.min(endedAtMs ?? Infinity, invitation.expiresAt.getTime()) >= endedBeforeMs,
      )
    },
  }
}

function openRows({ rows }: State, accountId: AccountId): readonly Row[] {
  return rows.filter((row) => row.endedAtMs === null && row.invitation.accountId === accountId)
}

function rowOf({ rows }: State, tokenHash: Uint8Array, nowMs: number): Row | undefined {
  return rows.find(
    (row) =>
      row.endedAtMs === null &&
      row.invitation.expiresAt.getTime() > nowMs &&
      Buffer.compare(row.tokenHash, tokenHash) === 0,
  )
}

/** Counts and asks; undefined when the mail may be sent. */
function judge(
  state: State,
  asked: {
    readonly row: Row | undefined
    readonly invitation: Invitation
    readonly members: Awaited<ReturnType<PeopleStore['members']>>
    readonly nowMs: number
    readonly decide: DecideInvitation
  },
): Extract<InvitationChange, { kind: 'refused' }> | undefined {
  const { row, invitation, members, nowMs, decide } = asked
  const { accountId, email } = invitation
  const others = openRows(state, accountId).filter(
    (one) => one !== row && one.invitation.expiresAt.getTime() > nowMs,
  )
  const mails = (isCounted: (one: Invitation) => boolean) =>
    state.rows
      .map((one) => one.invitation)
      .filter((one) => isCounted(one) && one.lastSentAt.getTime() > nowMs - dayMs)
      .reduce((sum, one) => sum + one.sentCount, 0)
  const reason = decide({
    isMember: members.some(({ person }) => person.email === email),
    isInvited: others.some((one) => one.invitation.email === email),
    peopleCount: members.length + others.length,
    accountMailsInDay: mails((one) => one.accountId === accountId),
    addressMailsInDay: mails((one) => one.email === email),
    own: row === undefined ? null : sentOf(invitation),
  })
  return reason === 'send' ? undefined : { kind: 'refused', reason }
}

function sentOf({ sentCount, lastSentAt }: Invitation) {
  return { sentCount, lastSentAtMs: lastSentAt.getTime() }
}
