import { useQuery } from '@tanstack/react-query'
import { type ReactNode, type SubmitEvent, useState } from 'react'

import { formatUsd, parseUsd } from '#domain/money.ts'
import { call, type CallInput, type CallOutput } from '#web/client/call.ts'
import { useChange } from '#web/client/change.ts'
import type { MyAccount } from '#web/client/me.ts'
import { queryClient, reading } from '#web/client/queries.ts'
import { Button } from '#web/elements/button.tsx'
import { inputClass } from '#web/elements/field.tsx'
import { Panel } from '#web/elements/page.tsx'
import { Failure, SkeletonRows } from '#web/elements/states.tsx'
import { tell } from '#web/elements/toasts.ts'

type Settings = CallOutput<'GET /api/accounts/{account_id}/notification-settings'>['data']
type NewSettings = CallInput<'PUT /api/accounts/{account_id}/notification-settings'>['body']

const percents = [50, 80, 100] as const

/** What one wants to be told about an account: a few lines, saved together. */
export function NotificationSettings({ account }: { account: MyAccount }) {
  const query = reading('GET /api/accounts/{account_id}/notification-settings', {
    params: { account_id: account.id },
  })
  const { data, error, refetch } = useQuery(query)
  return (
    <Panel
      title="What you are told"
      about={`About ${account.display_name}, and only you. It counts within a minute.`}
    >
      {!data && error && <Failure error={error} retry={() => void refetch()} />}
      {!data && !error && <SkeletonRows count={4} />}
      {data && (
        <Form
          key={JSON.stringify(data.data)}
          account={account}
          settings={data.data}
          saved={(answer) => {
            queryClient.setQueryData(query.queryKey, answer)
            tell('Saved: it counts within a minute')
          }}
        />
      )}
    </Panel>
  )
}

function Form({
  account,
  settings,
  saved,
}: {
  account: MyAccount
  settings: Settings
  saved: (answer: CallOutput<'GET /api/accounts/{account_id}/notification-settings'>) => void
}) {
  const [isLow, setLow] = useState(settings.low_balance !== null)
  const [threshold, setThreshold] = useState(settings.low_balance ?? '5')
  const [parts, setParts] = useState<readonly number[]>(settings.budget_percents)
  const [isSpiking, setSpiking] = useState(settings.error_spikes)
  const [isByMail, setByMail] = useState(settings.by_mail)
  const [problem, setProblem] = useState<string | null>(null)
  const save = useChange(
    (body: NewSettings) =>
      call('PUT /api/accounts/{account_id}/notification-settings', {
        params: { account_id: account.id },
        body,
      }),
    { isShown: true, done: saved },
  )
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const amount = parseUsd(threshold.replace(/[$,\s]/g, ''))
    if (isLow && (amount === undefined || amount <= 0n)) {
      setProblem(`"${threshold}" is no amount of dollars above zero.`)
      return
    }
    setProblem(null)
    save.mutate(
      {
        low_balance: isLow && amount !== undefined ? formatUsd(amount) : null,
        budget_percents: percents.filter((percent) => parts.includes(percent)),
        error_spikes: isSpiking,
        by_mail: isByMail,
      },
      { onError: ({ message }) => setProblem(message) },
    )
  }
  return (
    <form onSubmit={submit} className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <Tick isOn={isLow} onChange={setLow}>
          When less is left than
        </Tick>
        <input
          aria-label="Threshold in US dollars"
          inputMode="decimal"
          value={threshold}
          disabled={!isLow}
          onChange={({ target }) => setThreshold(target.value)}
          className={`${inputClass} h-8! w-24! font-mono`}
        />
        <span className="text-muted">dollars</span>
      </div>
      <fieldset className="flex flex-wrap items-center gap-x-4 gap-y-1">
        <legend className="float-left mr-2 max-md:float-none max-md:pt-1.5">
          When a spend limit has been used to
        </legend>
        {percents.map((percent) => (
          <Tick
            key={percent}
            isOn={parts.includes(percent)}
            onChange={(isOn) =>
              setParts(isOn ? [...parts, percent] : parts.filter((each) => each !== percent))
            }
          >
            {percent} %
          </Tick>
        ))}
      </fieldset>
      <Tick isOn={isSpiking} onChange={setSpiking}>
        When far more requests than usual end with an error
      </Tick>
      <Tick isOn={isByMail} onChange={setByMail}>
        By mail too
      </Tick>
      {problem !== null && (
        <p role="alert" className="text-13 text-negative">
          {problem}
        </p>
      )}
      <div className="mt-1 flex flex-wrap items-center gap-3">
        <Button type="submit" kind="primary" isBusy={save.isPending}>
          Save
        </Button>
        {settings.is_default && (
          <span className="text-13 text-muted">This is the usual for your role.</span>
        )}
      </div>
    </form>
  )
}

function Tick({
  isOn,
  onChange,
  children,
}: {
  isOn: boolean
  onChange: (isOn: boolean) => void
  children: ReactNode
}) {
  return (
    <label className="flex min-h-8 w-fit cursor-pointer items-center gap-2">
      <input
        type="checkbox"
        checked={isOn}
        onChange={({ target }) => onChange(target.checked)}
        className="size-4 shrink-0 accent-(--accent)"
      />
      {children}
    </label>
  )
}
