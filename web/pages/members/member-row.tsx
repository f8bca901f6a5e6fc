import { UserMinus } from 'lucide-react'
import { useState } from 'react'

import type { MemberRole } from '#domain/people.ts'
import type { CallOutput } from '#web/client/call.ts'
import { useChange } from '#web/client/change.ts'
import { queryClient, reading, refresh } from '#web/client/queries.ts'
import { IconButton } from '#web/elements/button.tsx'
import { Chip } from '#web/elements/chip.tsx'
import { Moment } from '#web/elements/moment.tsx'
import { tell } from '#web/elements/toasts.ts'
import { TypeToConfirm } from '#web/elements/type-to-confirm.tsx'

import { changeRole, type Member, removeMember } from './member-calls.ts'
import { RoleSelect } from './role-select.tsx'
import { mayOf } from './roles.ts'

type Members = CallOutput<'GET /api/accounts/{account_id}/members'>

/** One member: their role, which can be undone in passing, and their leaving, which takes a name typed. */
export function MemberRow({
  member,
  isMe,
  isOwner,
  mayManage,
}: {
  member: Member
  isMe: boolean
  /** The one who looks is an owner: only owners make and unmake owners. */
  isOwner: boolean
  mayManage: boolean
}) {
  const [isLeaving, setLeaving] = useState(false)
  const { queryKey } = reading('GET /api/accounts/{account_id}/members', {
    params: { account_id: member.account_id },
  })
  const change = useChange(
    ({ to }: { to: MemberRole; from: MemberRole }) => changeRole(member, to),
    {
      done: ({ data }, { from }) => {
        queryClient.setQueryData<Members>(
          queryKey,
          (list) =>
            list && {
              data: list.data.map((each) => (each.person_id === data.person_id ? data : each)),
            },
        )
        tell(`${member.display_name} is ${data.role} from now on`, {
          label: 'Undo',
          run: () => change.mutate({ to: from, from: data.role }),
        })
        if (isMe) void refresh('GET /api/me')
      },
    },
  )
  const remove = useChange(() => removeMember(member), {
    done: () => {
      tell(isMe ? 'You have left the account' : `${member.display_name} may not look any more`)
      void refresh('GET /api/accounts/{account_id}/members', 'GET /api/me')
    },
  })
  const mayChange = mayManage && (isOwner || member.role !== 'owner')
  const role = change.isPending ? change.variables.to : member.role
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
      <span
        aria-hidden="true"
        className="flex size-8 shrink-0 items-center justify-center rounded-full bg-sunken text-13 font-semibold text-muted"
      >
        {member.display_name.slice(0, 1).toUpperCase()}
      </span>
      <div className="min-w-0 grow basis-40">
        <p className="flex flex-wrap items-center gap-x-2 font-medium">
          <span className="min-w-0 break-words">{member.display_name}</span>
          {isMe && <Chip tone="accent">you</Chip>}
        </p>
        <p className="text-13 break-all text-muted">
          {member.email} · joined <Moment at={member.since} />
        </p>
      </div>
      <div className="flex items-center gap-2">
        {mayChange ? (
          <RoleSelect
            label={`Role of ${member.display_name}`}
            value={role}
            mayMakeOwners={isOwner}
            isBusy={change.isPending}
            onChange={(to) => change.mutate({ to, from: member.role })}
          />
        ) : (
          <span title={mayOf(role)}>
            <Chip>{role}</Chip>
          </span>
        )}
        {mayChange && (
          <IconButton
            label={isMe ? 'Leave the account' : `Remove ${member.display_name}`}
            aria-expanded={isLeaving}
            onClick={() => setLeaving(!isLeaving)}
          >
            <UserMinus size={15} aria-hidden />
          </IconButton>
        )}
      </div>
      {isLeaving && (
        <TypeToConfirm
          name={member.email}
          consequence={
            <>
              {isMe ? 'You lose' : `${member.display_name} loses`} this account at once; keys they
              made go on working. Type <strong className="font-semibold">{member.email}</strong> to
              go on.
            </>
          }
          action={isMe ? 'Leave the account' : 'Remove the member'}
          isBusy={remove.isPending}
          confirm={() => remove.mutate(undefined)}
          keep={() => setLeaving(false)}
        />
      )}
    </li>
  )
}
