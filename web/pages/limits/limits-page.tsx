import { useQuery } from '@tanstack/react-query'

import { roleReaches } from '#domain/people.ts'
import { call } from '#web/client/call.ts'
import { type MyAccount, useAccount } from '#web/client/me.ts'
import { reading, refresh } from '#web/client/queries.ts'
import { Page, Panel } from '#web/elements/page.tsx'
import { Failure, SkeletonRows } from '#web/elements/states.tsx'
import { tell } from '#web/elements/toasts.ts'
import { limitWords } from '#web/pages/keys/limits-draft.ts'
import { LimitsForm } from '#web/pages/keys/limits-form.tsx'
import { SpentMeters } from '#web/pages/keys/spent-meters.tsx'

/** What all keys of the account together may use. */
export function LimitsPage() {
  const account = useAccount()
  return (
    <Page
      title="Limits"
      about="What all keys of the account together may use. A project and a key can have narrower limits of their own; the tightest one counts."
    >
      {account ? <AccountLimits key={account.id} account={account} /> : <SkeletonRows count={3} />}
    </Page>
  )
}

function AccountLimits({ account }: { account: MyAccount }) {
  const params = { account_id: account.id }
  const { data, error, refetch } = useQuery(reading('GET /api/accounts/{account_id}', { params }))
  if (error && !data) return <Failure error={error} retry={() => void refetch()} />
  if (!data) return <SkeletonRows count={3} />
  const { limits, spent } = data.data
  return (
    <div className="flex flex-col gap-6">
      <Panel title={account.display_name}>
        {roleReaches(account.role, 'owner') ? (
          <LimitsForm
            key={JSON.stringify(limits)}
            subject="This account"
            limits={limits}
            save={(body) =>
              call('PATCH /api/accounts/{account_id}', { params, body: { limits: body } })
            }
            saved={() => {
              tell('The limits of the account count everywhere within seconds')
              void refresh('GET /api/accounts/{account_id}')
            }}
          />
        ) : (
          <>
            <p>The account has {limitWords(limits)}.</p>
            <p className="mt-1 text-13 text-muted">An owner of the account can change this.</p>
          </>
        )}
      </Panel>
      <Panel title="Spent so far" about="Days, weeks and months are UTC; a week begins on Monday.">
        <SpentMeters spent={spent} limits={limits} />
      </Panel>
    </div>
  )
}
