import { Check, X } from 'lucide-react'
import { type ReactNode, type SubmitEvent, useState } from 'react'

import { call, type CallOutput } from '#web/client/call.ts'
import { useChange } from '#web/client/change.ts'
import { useDraft } from '#web/client/drafts.ts'
import type { MyAccount } from '#web/client/me.ts'
import { Button } from '#web/elements/button.tsx'
import { Field, inputClass, SelectField } from '#web/elements/field.tsx'
import { dateOf } from '#web/elements/moments.ts'
import { Failure } from '#web/elements/states.tsx'
import { type Project, useProjects } from '#web/pages/projects/project-calls.ts'
import { ProjectChoice } from '#web/pages/projects/project-choice.tsx'

import type { AuthRequest, LimitReset } from './auth-request.ts'

type Consent = CallOutput<'POST /api/accounts/{account_id}/auth-codes'>['data']

/**
 * What the app would get, where, and up to which amount; then yes or no. The account, the project and the
 * limit are the person's to choose.
 */
export function ConsentForm({
  request,
  accounts,
  isLeaving,
  allowed,
  refuse,
}: {
  request: AuthRequest
  /** Where this person may make keys: at least one. */
  accounts: readonly MyAccount[]
  /** The answer was given: the browser is on its way. */
  isLeaving: boolean
  allowed: (consent: Consent) => void
  refuse: () => void
}) {
  const [accountId, setAccountId] = useState<string | undefined>(accounts[0]?.id)
  const account = accounts.find(({ id }) => id === accountId) ?? accounts[0]
  const [projectId, setProjectId] = useState('')
  const [limit, setLimit, forgetLimit] = useDraft(`auth-limit ${request.challenge}`, request.limit)
  const allow = useChange(() => consent({ request, account, projectId, limit }), {
    isShown: true,
    done: ({ data }) => {
      forgetLimit()
      allowed(data)
    },
  })
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    allow.mutate(undefined)
  }
  return (
    <form onSubmit={submit} className="flex flex-col gap-5">
      <WhoAsks request={request} />
      <WhatItMay />
      {accounts.length > 1 && (
        <SelectField
          label="Account"
          help="What the key costs is paid by this account."
          options={accounts.map(({ id, display_name }) => [id, display_name] as const)}
          value={account?.id ?? ''}
          onChoose={(id) => {
            setAccountId(id)
            setProjectId('')
          }}
        />
      )}
      {account && <OwnProjects account={account} value={projectId} onChange={setProjectId} />}
      <LimitFields limit={limit} change={setLimit} />
      {request.expiresAt !== null && (
        <p className="text-13 text-muted">
          The key ends on {dateOf(Date.parse(request.expiresAt), 'utc')} (UTC).
        </p>
      )}
      {allow.error !== null && <Failure error={allow.error} />}
      <div className="flex flex-col gap-2 md:flex-row-reverse">
        <Button
          type="submit"
          kind="primary"
          isBusy={allow.isPending || isLeaving}
          className="md:flex-1"
        >
          Allow
        </Button>
        <Button disabled={allow.isPending || isLeaving} onClick={refuse} className="md:flex-1">
          Refuse
        </Button>
      </div>
      <p className="text-12 text-muted">
        {request.host === null
          ? 'When you allow it, you are shown a code to give to the app.'
          : `When you allow it, you go back to ${request.host}.`}{' '}
        The key stands under Keys, where you can revoke it at any time.
      </p>
    </form>
  )
}

function consent({
  request,
  account,
  projectId,
  limit,
}: {
  request: AuthRequest
  account: MyAccount | undefined
  projectId: string
  limit: AuthRequest['limit']
}) {
  const amount = limit.amount.replace(/[$,\s]/g, '')
  return call('POST /api/accounts/{account_id}/auth-codes', {
    params: { account_id: account?.id ?? 'acct_' },
    body: {
      callback_url: request.callback?.href ?? null,
      code_challenge: request.challenge,
      code_challenge_method: request.challengeMethod,
      key_label: request.label,
      ...(projectId !== '' && { project_id: projectId as Project['id'] }),
      ...(amount !== '' && {
        limit: amount,
        limit_reset: limit.reset === 'never' ? null : limit.reset,
      }),
      ...(request.expiresAt !== null && {
        expires_at: new Date(request.expiresAt).toISOString(),
      }),
    },
  })
}

function WhoAsks({ request }: { request: AuthRequest }) {
  const { host, label, isOnThisMachine } = request
  const words = [
    ...(isOnThisMachine ? ['A program on this computer asks.'] : []),
    ...(host === null ? ['It gave no address to return to, so nobody vouches for who it is.'] : []),
    ...(label === null ? [] : [`It calls itself "${label}".`]),
    'Go on only if you have just begun this in the app yourself.',
  ]
  return <p className="break-words text-muted">{words.join(' ')}</p>
}

function WhatItMay() {
  return (
    <ul aria-label="What the key may do" className="flex flex-col gap-2 text-13">
      <Right isGiven>
        ask every model that the account may, and spend its credit up to the limit
      </Right>
      <Right isGiven>
        read the balance, and the account’s requests with their cost, and messages where they are
        kept
      </Right>
      <Right isGiven={false}>make or change keys, limits, members or settings</Right>
      <Right isGiven={false}>
        see your name or address: it learns your user id and nothing else
      </Right>
    </ul>
  )
}

function Right({ isGiven, children }: { isGiven: boolean; children: ReactNode }) {
  return (
    <li className="flex gap-2">
      {isGiven ? (
        <Check size={15} aria-hidden className="mt-0.5 shrink-0 text-positive" />
      ) : (
        <X size={15} aria-hidden className="mt-0.5 shrink-0 text-muted" />
      )}
      <span className={isGiven ? '' : 'text-muted'}>
        {isGiven ? 'It may ' : 'It may not '}
        {children}.
      </span>
    </li>
  )
}

function OwnProjects({
  account,
  value,
  onChange,
}: {
  account: MyAccount
  value: string
  onChange: (id: string) => void
}) {
  const projects = useProjects(account.id)
  return <ProjectChoice projects={projects ?? []} value={value} onChange={onChange} />
}

const resetWords: Readonly<Record<LimitReset, string>> = {
  daily: 'a day',
  weekly: 'a week',
  monthly: 'a month',
  never: 'in all',
}

function LimitFields({
  limit,
  change,
}: {
  limit: AuthRequest['limit']
  change: (limit: AuthRequest['limit']) => void
}) {
  return (
    <Field
      label="It may spend at most, in US dollars"
      help="Left empty it may spend all there is; that, and more than $50, takes a fresh proof."
    >
      {(ids) => (
        <div className="flex gap-2">
          <input
            {...ids}
            inputMode="decimal"
            autoComplete="off"
            placeholder="any amount"
            maxLength={24}
            value={limit.amount}
            onChange={({ target }) => change({ ...limit, amount: target.value })}
            className={`${inputClass} font-mono`}
          />
          <select
            aria-label="How often this amount"
            value={limit.reset}
            onChange={({ target }) => change({ ...limit, reset: target.value as LimitReset })}
            className={`${inputClass} max-w-36`}
          >
            {Object.entries(resetWords).map(([reset, words]) => (
              <option key={reset} value={reset}>
                {words}
              </option>
            ))}
          </select>
        </div>
      )}
    </Field>
  )
}
