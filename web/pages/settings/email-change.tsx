import { type SubmitEvent, useState } from 'react'

import { CallError } from '#web/client/call-error.ts'
import { call, type CallOutput } from '#web/client/call.ts'
import { useChange } from '#web/client/change.ts'
import type { Me } from '#web/client/me.ts'
import { queryClient, reading } from '#web/client/queries.ts'
import { Button } from '#web/elements/button.tsx'
import { TextField } from '#web/elements/field.tsx'
import { Panel } from '#web/elements/page.tsx'
import { tell } from '#web/elements/toasts.ts'
import { CodeField } from '#web/pages/sign-in/code-field.tsx'

type Challenge = CallOutput<'POST /api/me/email-change'>['data']

/** A new address: confirmed with a code at the new one, undone from the old one for three days. */
export function EmailChange({ me }: { me: Me }) {
  const [email, setEmail] = useState('')
  const [code, setCode] = useState('')
  const [challenge, setChallenge] = useState<Challenge | null>(null)
  const begin = useChange(
    (to: string) => call('POST /api/me/email-change', { body: { email: to } }),
    {
      isShown: true,
      done: ({ data }) => setChallenge(data),
    },
  )
  const finish = useChange(
    (typed: string) =>
      call('POST /api/me/email-change/{challenge_id}/confirm', {
        params: { challenge_id: challenge?.challenge_id ?? '' } as never,
        body: { code: typed },
      }),
    {
      isShown: true,
      done: (answer) => {
        queryClient.setQueryData(reading('GET /api/me', {}).queryKey, answer)
        setChallenge(null)
        setEmail('')
        setCode('')
        tell(`You sign in as ${answer.data.email} from now on`)
      },
    },
  )
  const problemOf = (error: Error | null) => (error instanceof CallError ? error.message : null)
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (challenge) finish.mutate(code)
    else begin.mutate(email)
  }
  return (
    <Panel
      title="E-mail address"
      about={`You sign in as ${me.email}. After a change your other sessions end, and the old address can undo it for 72 hours.`}
    >
      <form onSubmit={submit} className="flex max-w-120 flex-col gap-4">
        {challenge ? (
          <CodeField
            value={code}
            onChange={setCode}
            length={challenge.code.length}
            isDigits={challenge.code.characters === 'digits'}
            problem={problemOf(finish.error)}
            onWhole={finish.mutate}
          />
        ) : (
          <TextField
            label="New address"
            type="email"
            autoComplete="email"
            required
            value={email}
            onChange={({ target }) => setEmail(target.value)}
            problem={problemOf(begin.error)}
          />
        )}
        <div className="flex gap-2">
          <Button type="submit" isBusy={begin.isPending || finish.isPending}>
            {challenge ? 'Confirm the new address' : 'Send a code to it'}
          </Button>
          {challenge && (
            <Button kind="quiet" onClick={() => setChallenge(null)}>
              Keep the old one
            </Button>
          )}
        </div>
      </form>
    </Panel>
  )
}
