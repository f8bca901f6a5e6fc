import { useQuery } from '@tanstack/react-query'
import { type SubmitEvent, useState } from 'react'

import { CallError } from '#web/client/call-error.ts'
import { reading } from '#web/client/queries.ts'
import { Button } from '#web/elements/button.tsx'
import { useNowMs } from '#web/elements/moment.tsx'
import { readableSpan } from '#web/elements/moments.ts'
import { Failure } from '#web/elements/states.tsx'

import { CodeField } from './code-field.tsx'
import type { Challenge } from './sign-in-form.tsx'

const outboxIntervalMs = 1_500

/** The code from the mail. On a machine of one's own, which sends no mail, the mail is shown right here. */
export function CodeStep({
  challenge,
  error,
  isBusy,
  verify,
  again,
  back,
}: {
  challenge: Challenge
  error: unknown
  isBusy: boolean
  verify: (code: string) => void
  again: () => void
  back: () => void
}) {
  const [code, setCode] = useState('')
  const leftMs = Date.parse(challenge.expires_at) - useNowMs()
  const isWrong = error instanceof CallError && error.code === 'wrong_code'
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    verify(code)
  }
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <p className="text-muted">
        A code is on its way to <strong className="font-medium text-text">{challenge.email}</strong>
        {leftMs > 0
          ? `. It can be used once, for another ${readableSpan(Math.ceil(leftMs / 60_000) * 60_000).replace(' 0 s', '')}.`
          : '. It is too old by now: ask for a new one.'}
      </p>
      <CodeField
        value={code}
        onChange={setCode}
        length={challenge.code.length}
        isDigits={challenge.code.characters === 'digits'}
        problem={isWrong ? error.message : null}
        onWhole={verify}
      />
      {error !== null && !isWrong && <Failure error={error} />}
      <Outbox email={challenge.email} />
      <Button type="submit" kind="primary" isBusy={isBusy} disabled={code.trim() === ''}>
        Sign in
      </Button>
      <div className="flex justify-between">
        <Button kind="quiet" size="small" onClick={back}>
          Another address
        </Button>
        <Button kind="quiet" size="small" onClick={again} disabled={isBusy}>
          Send a new code
        </Button>
      </div>
    </form>
  )
}

/** Mails that leave nowhere: the server shows them only on a machine of one's own. */
function Outbox({ email }: { email: string }) {
  const isOwnMachine = /^(localhost|127\.0\.0\.1|\[::1\])$/.test(location.hostname)
  const { data } = useQuery({
    ...reading('GET /api/sign-in/outbox', {}),
    enabled: isOwnMachine,
    retry: false,
    refetchInterval: ({ state }) => (state.error ? false : outboxIntervalMs),
  })
  const mail = data?.data
    .filter(({ to }) => to.toLowerCase() === email.trim().toLowerCase())
    .toSorted((left, right) => right.sent_at.localeCompare(left.sent_at))[0]
  if (!mail) return null
  return (
    <details open className="rounded border border-line bg-sunken px-3 py-2 text-13">
      <summary className="cursor-pointer text-muted">
        This server sends no mail. What it would have sent:
      </summary>
      <pre className="mt-2 font-mono text-12 whitespace-pre-wrap">{mail.text}</pre>
    </details>
  )
}
