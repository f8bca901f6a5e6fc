import { describe, expect, test } from 'vitest'

import {
  invitationMailsMax,
  invitationMailsPerAccountDayMax,
  invitationMailsPerAddressDayMax,
  invitationSpacingMs,
  membersPerAccountMax,
} from './account-limits.ts'
import { decideInvitation, type InvitationTally } from './invitations.ts'

const nowMs = 1_764_000_000_000
const none: InvitationTally = {
  isMember: false,
  isInvited: false,
  peopleCount: 1,
  accountMailsInDay: 0,
  addressMailsInDay: 0,
  own: null,
}
const decide = (more: Partial<InvitationTally>) => decideInvitation({ ...none, ...more }, nowMs)

describe('an invitation', () => {
  test('is sent where nothing speaks against it, up to the last one that each limit allows', () => {
    expect(decide({})).toBe('send')
    const last = {
      peopleCount: membersPerAccountMax - 1,
      accountMailsInDay: invitationMailsPerAccountDayMax - 1,
      addressMailsInDay: invitationMailsPerAddressDayMax - 1,
      own: { sentCount: invitationMailsMax - 1, lastSentAtMs: nowMs - invitationSpacingMs },
    }
    expect(decide(last)).toBe('send')
  })

  test.each([
    [{ isMember: true }, 'member'],
    [{ isInvited: true }, 'invited'],
    [{ peopleCount: membersPerAccountMax }, 'account_full'],
    [{ accountMailsInDay: invitationMailsPerAccountDayMax }, 'account_mails'],
    [{ addressMailsInDay: invitationMailsPerAddressDayMax }, 'address_mails'],
    [{ own: { sentCount: invitationMailsMax, lastSentAtMs: 0 } }, 'sent_often'],
    [{ own: { sentCount: 1, lastSentAtMs: nowMs - invitationSpacingMs + 1 } }, 'sent_just_now'],
  ] as const)('with %j is refused: %s', (more, expected) => {
    expect(decide(more)).toBe(expected)
  })
})
