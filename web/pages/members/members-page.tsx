import { useQuery } from '@tanstack/react-query'

import { roleReaches } from '#domain/people.ts'
import { type MyAccount, useAccount, useMe } from '#web/client/me.ts'
import { reading } from '#web/client/queries.ts'
import { Page, Panel } from '#web/elements/page.tsx'
import { Failure, SkeletonRows } from '#web/elements/states.tsx'

import { Invitations } from './invitations.tsx'
import { MemberRow } from './member-row.tsx'
import { roles } from './roles.ts'

/** Who belongs to the account, and what each may do in it. */
export function MembersPage() {
  const account = useAccount()
  return (
    <Page
      title="Members"
      about="Who works in this account. Each signs in as themselves; what they may do is their role."
    >
      {account ? <AccountMembers key={account.id} account={account} /> : <SkeletonRows count={4} />}
    </Page>
  )
}

function AccountMembers({ account }: { account: MyAccount }) {
  const me = useMe()
  const { data, error, refetch } = useQuery(
    reading('GET /api/accounts/{account_id}/members', { params: { account_id: account.id } }),
  )
  const mayManage = roleReaches(account.role, 'admin')
  return (
    <div className="flex flex-col gap-6">
      <Panel
        title={account.display_name}
        about={
          data &&
          (data.data.length === 1 ? 'One member.' : `${data.data.length} members, the first first.`)
        }
        isFlush
      >
        {!data && error && (
          <div className="p-4">
            <Failure error={error} retry={() => void refetch()} />
          </div>
        )}
        {!data && !error && <SkeletonRows count={3} />}
        <ul className="divide-y divide-line">
          {data?.data.map((member) => (
            <MemberRow
              key={member.person_id}
              member={member}
              isMe={member.person_id === me?.id}
              isOwner={roleReaches(account.role, 'owner')}
              mayManage={mayManage}
            />
          ))}
        </ul>
      </Panel>
      {mayManage && <Invitations account={account} />}
      <Panel title="What each role may do" isFlush>
        <dl className="divide-y divide-line text-13">
          {roles.map(({ value, may }) => (
            <div key={value} className="flex gap-4 px-4 py-2">
              <dt className="w-24 shrink-0 font-medium">{value}</dt>
              <dd className="text-muted">{may}</dd>
            </div>
          ))}
        </dl>
      </Panel>
    </div>
  )
}
