import { useQuery } from '@tanstack/react-query'
import { Mail, Send, X } from 'lucide-react'
import { type SubmitEvent, useState } from 'react'

import { type MemberRole, roleReaches } from '#domain/people.ts'
import { call, type CallOutput } from '#web/client/call.ts'
import { useChange } from '#web/client/change.ts'
import { useDraft } from '#web/client/drafts.ts'
import type { MyAccount } from '#web/client/me.ts'
import { reading, refresh } from '#web/client/queries.ts'
import { Button, IconButton } from '#web/elements/button.tsx'
import { Chip } from '#web/elements/chip.tsx'
import { Field, TextField } from '#web/elements/field.tsx'
import { Moment } from '#web/elements/moment.tsx'
import { Panel } from '#web/elements/page.tsx'
import { Failure } from '#web/elements/states.tsx'
import { tell } from '#web/elements/toasts.ts'

import { RoleSelect } from './role-select.tsx'

type Invitation = CallOutput<'GET /api/accounts/{account_id}/invitations'>['data'][number]

const changed = () => refresh('GET /api/accounts/{account_id}/invitations')

/** Whom one asked to join and who did not answer yet, and a line to ask another. */
export function Invitations({ account }: { account: MyAccount }) {
  const { data, error, refetch } = useQuery(
    reading('GET /api/accounts/{account_id}/invitations', { params: { account_id: account.id } }),
  )
  return (
    <Panel
      title="Invitations"
      about="By mail, with a link that works for seven days and for that address only."
      isFlush
    >
      <Invite account={account} />
      {!data && error && (
        <div className="p-4">
          <Failure error={error} retry={() => void refetch()} />
        </div>
      )}
      <ul className="divide-y divide-line border-t border-line empty:hidden">
        {data?.data.map((invitation) => (
          <Row key={invitation.id} invitation={invitation} />
        ))}
      </ul>
    </Panel>
  )
}

function Invite({ account }: { account: MyAccount }) {
  const [email, setEmail, forget] = useDraft('invite-email', '')
  const [role, setRole] = useState<MemberRole>('developer')
  const [problem, setProblem] = useState<string | null>(null)
  const invite = useChange(
    (body: { email: string; role: MemberRole }) =>
      call('POST /api/accounts/{account_id}/invitations', {
        params: { account_id: account.id },
        body,
      }),
    {
      isShown: true,
      done: ({ data }) => {
        forget()
        void changed()
        tell(`A mail is on its way to ${data.email}`)
      },
    },
  )
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    setProblem(null)
    invite.mutate({ email: email.trim(), role }, { onError: ({ message }) => setProblem(message) })
  }
  return (
    <form onSubmit={submit} className="flex flex-wrap items-start gap-3 p-4">
      <div className="min-w-0 grow basis-56 md:max-w-80">
        <TextField
          label="E-mail address"
          type="email"
          required
          value={email}
          onChange={({ target }) => setEmail(target.value)}
          problem={problem}
        />
      </div>
      <Field label="Role">
        {({ id }) => (
          <RoleSelect
            id={id}
            value={role}
            mayMakeOwners={roleReaches(account.role, 'owner')}
            onChange={setRole}
          />
        )}
      </Field>
      <Button
        type="submit"
        kind="primary"
        className="self-end md:mt-6.5 md:self-start"
        icon={<Mail size={15} aria-hidden />}
        isBusy={invite.isPending}
        disabled={email.trim() === ''}
      >
        Invite
      </Button>
    </form>
  )
}

function Row({ invitation }: { invitation: Invitation }) {
  const { account_id, id, email, role, status, last_sent_at, expires_at } = invitation
  const params = { account_id, invitation_id: id }
  const resend = useChange(
    () => call('POST /api/accounts/{account_id}/invitations/{invitation_id}/resend', { params }),
    {
      done: () => {
        void changed()
        tell(`Another mail is on its way to ${email}; the link in the one before opens nothing`)
      },
    },
  )
  const withdraw = useChange(
    () => call('DELETE /api/accounts/{account_id}/invitations/{invitation_id}', { params }),
    {
      done: () => {
        void changed()
        tell(`${email} is not invited any more`)
      },
    },
  )
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
      <div className="min-w-0 grow basis-48">
        <p className="flex flex-wrap items-center gap-2">
          <span className="min-w-0 font-medium break-all">{email}</span>
          <Chip>{role}</Chip>
          {status === 'expired' && <Chip tone="caution">expired</Chip>}
        </p>
        <p className="text-13 text-muted">
          sent <Moment at={last_sent_at} /> · {status === 'expired' ? 'ended' : 'ends'}{' '}
          <Moment at={expires_at} />
        </p>
      </div>
      <div className="flex items-center gap-1">
        <Button
          size="small"
          icon={<Send size={13} aria-hidden />}
          isBusy={resend.isPending}
          onClick={() => resend.mutate(undefined)}
        >
          Send again
        </Button>
        <IconButton
          label={`Withdraw the invitation of ${email}`}
          disabled={withdraw.isPending}
          onClick={() => withdraw.mutate(undefined)}
        >
          <X size={15} aria-hidden />
        </IconButton>
      </div>
    </li>
  )
}
