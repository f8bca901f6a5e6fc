import { useQuery } from '@tanstack/react-query'
import { type SubmitEvent, useState } from 'react'

import { call, type CallOutput } from '#web/client/call.ts'
import { useChange } from '#web/client/change.ts'
import { type MyAccount, useAccount } from '#web/client/me.ts'
import { reading, refresh } from '#web/client/queries.ts'
import { Button } from '#web/elements/button.tsx'
import { Page, Panel } from '#web/elements/page.tsx'
import { Failure, SkeletonRows } from '#web/elements/states.tsx'
import { tell } from '#web/elements/toasts.tsx'
import { draftOfLimits, limitWords, readLimits } from '#web/pages/keys/limits-draft.ts'
import { LimitsSentence } from '#web/pages/keys/limits-sentence.tsx'

/** What all keys of the account together may use. */
export function LimitsPage() {
  const account = useAccount()
  return (
    <Page
      title="Limits"
      about="What all keys of the account together may use. A key can have narrower limits of its own; the tightest one counts."
    >
      {account ? <AccountLimits key={account.id} account={account} /> : <SkeletonRows count={3} />}
    </Page>
  )
}

function AccountLimits({ account }: { account: MyAccount }) {
  const query = reading('GET /api/accounts/{account_id}', { params: { account_id: account.id } })
  const { data, error, refetch } = useQuery(query)
  if (error && !data) return <Failure error={error} retry={() => void refetch()} />
  if (!data) return <SkeletonRows count={3} />
  return <Sentence key={JSON.stringify(data.data.limits)} account={account} shown={data.data} />
}

function Sentence({
  account,
  shown,
}: {
  account: MyAccount
  shown: CallOutput<'GET /api/accounts/{account_id}'>['data']
}) {
  const saved = draftOfLimits(shown.limits)
  const [draft, setDraft] = useState(saved)
  const [problem, setProblem] = useState<string | null>(null)
  const { data: models } = useQuery(reading('GET /v1/models', {}))
  const save = useChange(
    (limits: Extract<ReturnType<typeof readLimits>, { kind: 'limits' }>['limits']) =>
      call('PATCH /api/accounts/{account_id}', {
        params: { account_id: account.id },
        body: { limits },
      }),
    {
      isShown: true,
      done: () => {
        tell('The limits of the account count everywhere within seconds')
        void refresh('GET /api/accounts/{account_id}')
      },
    },
  )
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const read = readLimits(draft)
    setProblem(read.kind === 'problem' ? read.words : null)
    if (read.kind === 'limits') {
      save.mutate(read.limits, { onError: ({ message }) => setProblem(message) })
    }
  }
  if (account.role !== 'owner') {
    return (
      <Panel title={account.display_name}>
        <p>The account has {limitWords(shown.limits)}.</p>
        <p className="mt-1 text-13 text-muted">An owner of the account can change this.</p>
      </Panel>
    )
  }
  return (
    <Panel title={account.display_name}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        <LimitsSentence
          subject="This account"
          draft={draft}
          change={(part) => setDraft((before) => ({ ...before, ...part }))}
          models={models?.data.map(({ id }) => id) ?? []}
          problem={problem}
        />
        <div>
          <Button
            type="submit"
            kind="primary"
            isBusy={save.isPending}
            disabled={JSON.stringify(draft) === JSON.stringify(saved)}
          >
            Save the limits
          </Button>
        </div>
      </form>
    </Panel>
  )
}
