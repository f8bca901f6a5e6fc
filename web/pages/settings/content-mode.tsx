import { useQuery } from '@tanstack/react-query'

import { call } from '#web/client/call.ts'
import { useChange } from '#web/client/change.ts'
import { type MyAccount, useAccount } from '#web/client/me.ts'
import { queryClient, reading } from '#web/client/queries.ts'
import { Choice } from '#web/elements/choice.tsx'
import { Panel } from '#web/elements/page.tsx'
import { tell } from '#web/elements/toasts.ts'

const modes = [
  {
    value: 'full',
    label: 'Messages and answers',
    means: 'The log shows what was sent and received, sealed with a key of this account.',
  },
  {
    value: 'metadata',
    label: 'Only how it went',
    means:
      'Model, tokens, cost, times and errors are kept; messages and answers never touch a disk.',
  },
  {
    value: 'none',
    label: 'Only what billing needs',
    means: 'Tokens and cost are kept; the log has no addresses of clients and no content.',
  },
] as const

/** How much of each request of the account is kept. */
export function ContentMode() {
  const account = useAccount()
  return account ? <Modes account={account} mayChange={account.role === 'owner'} /> : null
}

function Modes({ account, mayChange }: { account: MyAccount; mayChange: boolean }) {
  const params = { account_id: account.id }
  const query = reading('GET /api/accounts/{account_id}', { params })
  const { data } = useQuery(query)
  const change = useChange(
    (content_mode: (typeof modes)[number]['value']) =>
      call('PATCH /api/accounts/{account_id}', { params, body: { content_mode } }),
    {
      done: () => {
        void queryClient.invalidateQueries(query)
        tell('From the next request on, this is what is kept')
      },
    },
  )
  const mode = change.isPending ? change.variables : data?.data.content_mode
  if (mode === undefined) return null
  return (
    <Panel
      title="What is kept of requests"
      about={`For ${account.display_name}. A key or a single request can keep less, never more.`}
    >
      {mayChange ? (
        <Choice label="Kept" isLabelHidden value={mode} options={modes} onChange={change.mutate} />
      ) : (
        <p className="font-medium">{modes.find(({ value }) => value === mode)?.label}</p>
      )}
      <p className="mt-3 text-13 text-muted">
        {modes.find(({ value }) => value === mode)?.means}{' '}
        {mayChange
          ? 'A change counts from the next request on; what was kept before stays as long as the privacy policy says.'
          : 'An owner of the account can change it.'}
      </p>
    </Panel>
  )
}
