import { invitationLifeMs } from '#domain/account-limits.ts'
import { unreachable } from '#domain/faults.ts'
import { challengeLifeMs, emailChangeUndoMs } from '#domain/limits.ts'
import type { MemberRole } from '#domain/people.ts'
import type { StepUpAction } from '#domain/sessions.ts'
import { formatCode, type ChallengePurpose } from '#domain/sign-in.ts'
import type { Mail } from '#ports/mailer.ts'

import { writeMail } from './letter.ts'

const minutes = challengeLifeMs / 60_000
const undoHours = emailChangeUndoMs / 3_600_000

/** What a proof is for, as the end of "to …". */
const deeds: Readonly<Record<StepUpAction, string>> = {
  change_email: 'change your e-mail address',
  change_passkeys: 'change your passkeys',
  add_provider_key: 'keep a key of your own for a provider',
  create_key: 'create an API key with a high limit, or none',
  raise_key_limit: 'raise the limit of an API key',
  raise_auto_top_up: 'raise the automatic top-up',
  change_card: 'change the saved card',
  export_data: 'export your data',
  delete_account: 'delete your account',
  end_sessions: 'end sessions',
  keep_content: 'have messages and outputs kept',
  manage_members: 'change the members of an account',
  change_spending: 'change what an account may spend',
}

/** The mail that brings a code. The code is in no subject: previews on locked screens show those. */
export function codeLetter(letter: {
  readonly to: string
  readonly purpose: ChallengePurpose
  readonly code: string
}): Mail {
  const { to, purpose, code } = letter
  const words = wordsOf(purpose)
  return writeMail({
    to,
    subject: words.subject,
    before: [words.first],
    code: formatCode(code),
    after: [
      `It works for ${minutes} minutes, once, and only in the browser that asked for it.`,
      'Nobody from codelace will ever ask you for it. If you did not ask for it, do nothing: without it nobody gets in.',
    ],
  })
}

function wordsOf(purpose: ChallengePurpose): { subject: string; first: string } {
  if (purpose === 'sign_in') {
    return { subject: 'Your codelace sign-in code', first: 'Your code to sign in to codelace:' }
  }
  if (purpose === 'email_change') {
    return {
      subject: 'Confirm your new e-mail address',
      first: 'Your code to confirm this as your e-mail address at codelace:',
    }
  }
  const deed = deeds[purpose.slice('step_up:'.length) as StepUpAction]
  return {
    subject: 'Your codelace confirmation code',
    first: `Your code to confirm that it is you who wants to ${deed}:`,
  }
}

/** What each role may do, as the end of "you may …". */
const rights: Readonly<Record<MemberRole, string>> = {
  owner: 'do everything in it, as one of its owners',
  admin: 'manage its members, keys, projects and money',
  developer: 'make keys, and see requests with what was sent and received',
  billing: 'see what is used, and pay for it',
  viewer: 'look at its keys, requests and usage',
}

/** The mail that asks somebody to join an account. The link works once, for whoever reads this mail. */
export function invitationLetter(letter: {
  readonly to: string
  readonly accountName: string
  readonly role: MemberRole
  /** Null: a program of whoever runs the installation. */
  readonly invitedBy: { readonly displayName: string; readonly email: string } | null
  readonly url: string
}): Mail {
  const { to, accountName, role, invitedBy, url } = letter
  const who =
    invitedBy === null
      ? 'Whoever runs this installation of codelace'
      : `${invitedBy.displayName} (${invitedBy.email})`
  return writeMail({
    to,
    subject: `Join "${accountName}" on codelace`,
    before: [
      `${who} invites you to the account "${accountName}" on codelace, as ${article(role)} ${role}: you may ${rights[role]}.`,
    ],
    link: { words: 'Join the account', url },
    after: [
      `The link works once, for ${invitationLifeMs / 86_400_000} days, and only for someone who signs in with ${to}. If that is nobody yet, signing in creates it.`,
      'If you do not know who that is, do nothing: without you nothing happens.',
    ],
  })
}

function article(role: MemberRole): string {
  return /^[aeiou]/.test(role) ? 'an' : 'a'
}

/** Something that happened to a person's sign-in, which they should hear of. */
export type Notice =
  | {
      readonly kind: 'new_device' | 'session_elsewhere'
      readonly device: string
      readonly place: string | null
    }
  | { readonly kind: 'passkey_added' | 'passkey_removed'; readonly name: string }
  | { readonly kind: 'email_changed_old'; readonly newEmail: string; readonly undoUrl: string }
  | { readonly kind: 'email_changed_new'; readonly oldEmail: string }
  | { readonly kind: 'email_change_undone'; readonly newEmail: string }
  | { readonly kind: 'key_created'; readonly name: string; readonly accountName: string }

type PlaceNotice = Extract<Notice, { readonly device: string }>

function placeLetter(
  to: string,
  notice: PlaceNotice,
  { moment, otherwise }: { readonly moment: string; readonly otherwise: string },
): Mail {
  const place = notice.place === null ? '' : `, from the network ${notice.place}`
  if (notice.kind === 'new_device') {
    return writeMail({
      to,
      subject: 'New sign-in to codelace',
      before: [`Someone signed in to codelace as you with ${notice.device}${place}, at ${moment}.`],
      after: ['If that was you, there is nothing to do.', otherwise],
    })
  }
  return writeMail({
    to,
    subject: 'Your codelace session showed up elsewhere',
    before: [
      `One of your sessions was used with ${notice.device}${place}, at ${moment}: not where it was proven last.`,
      'It asked for something that decides what may be spent. Nothing was changed: that takes a fresh proof first.',
    ],
    after: [
      'If that was you, on the way or in another browser, confirm it there and go on.',
      otherwise,
    ],
  })
}

/** The mail of a notice. */
export function noticeLetter(to: string, notice: Notice, at: Date): Mail {
  const moment = `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`
  const otherwise =
    'If that was not you: sign in, end all other sessions under Settings, and write to support.'
  switch (notice.kind) {
    case 'new_device':
    case 'session_elsewhere':
      return placeLetter(to, notice, { moment, otherwise })
    case 'passkey_added':
    case 'passkey_removed': {
      const verb = notice.kind === 'passkey_added' ? 'added to' : 'removed from'
      return writeMail({
        to,
        subject: `A passkey was ${verb} your codelace sign-in`,
        before: [`The passkey "${notice.name}" was ${verb} your sign-in at ${moment}.`],
        after: ['If that was you, there is nothing to do.', otherwise],
      })
    }
    case 'email_changed_old':
      return writeMail({
        to,
        subject: 'Your codelace e-mail address was changed',
        before: [
          `From ${moment} on you sign in to codelace with ${notice.newEmail} instead of this address.`,
          `If that was not you, take this address back within ${undoHours} hours. It ends all sessions:`,
        ],
        link: { words: 'Take this address back', url: notice.undoUrl },
        after: ['If it was you, there is nothing to do.'],
      })
    case 'email_changed_new':
      return writeMail({
        to,
        subject: 'Your codelace e-mail address was changed',
        before: [
          `From ${moment} on you sign in to codelace with this address instead of ${notice.oldEmail}.`,
        ],
        after: [`For ${undoHours} hours, whoever reads mail at the old address can undo this.`],
      })
    case 'email_change_undone':
      return writeMail({
        to,
        subject: 'Your codelace e-mail address is back',
        before: [
          `At ${moment} the change to ${notice.newEmail} was undone: you sign in with this address again.`,
          'All sessions have ended. Sign in, and look at your passkeys and API keys.',
        ],
        after: [],
      })
    case 'key_created':
      return writeMail({
        to,
        subject: 'An API key was created',
        before: [
          `The API key "${notice.name}" was created in the account "${notice.accountName}" at ${moment}.`,
        ],
        after: ['If nobody of yours did that: revoke it under Keys, and end all sessions.'],
      })
    default:
      return unreachable(notice)
  }
}
