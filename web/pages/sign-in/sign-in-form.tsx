import { KeyRound } from 'lucide-react'
import { type SubmitEvent, useState } from 'react'

import { CallError } from '#web/client/call-error.ts'
import { call, type CallOutput } from '#web/client/call.ts'
import { useDraft } from '#web/client/drafts.ts'
import { beginSession } from '#web/client/me.ts'
import { knowsPasskeys, signInWithPasskey, wasCancelled } from '#web/client/passkeys.ts'
import { Button } from '#web/elements/button.tsx'
import { TextField } from '#web/elements/field.tsx'
import { Failure } from '#web/elements/states.tsx'

import { CodeStep } from './code-step.tsx'
import { type SignUp, SignUpStep } from './sign-up-step.tsx'

/** A code that was asked for. */
export type Challenge = CallOutput<'POST /api/sign-in/challenges'>['data'] & {
  readonly email: string
}

/** What happens when somebody has signed in. */
export type Arrival = (arrival: { isNew: boolean; offersPasskey: boolean }) => void

type Step =
  | { readonly kind: 'email' }
  | { readonly kind: 'code'; readonly challenge: Challenge }
  | { readonly kind: 'sign_up'; readonly challenge: Challenge; readonly code: string }

const firstStep: Step = { kind: 'email' }

/** Signing in, in one column: address, code, and on the first time who one is. A reload loses no step. */
export function SignInForm({ onArrive }: { onArrive: Arrival }) {
  const [step, setStep, forgetStep] = useDraft<Step>('sign-in', firstStep)
  const [email, setEmail, forgetEmail] = useDraft('sign-in-email', '')
  const [error, setError] = useState<unknown>(null)
  const [isBusy, setBusy] = useState(false)

  async function attempt(run: () => Promise<void>): Promise<void> {
    setBusy(true)
    setError(null)
    try {
      await run()
    } catch (problem) {
      if (!wasCancelled(problem)) setError(problem)
    } finally {
      setBusy(false)
    }
  }
  const sendCode = () =>
    attempt(async () => {
      const { data } = await call('POST /api/sign-in/challenges', { body: { email } })
      setStep({ kind: 'code', challenge: { ...data, email } })
    })
  const verify = (challenge: Challenge, code: string, signUp?: SignUp) =>
    attempt(async () => {
      try {
        const { data } = await call('POST /api/sign-in/challenges/{challenge_id}/verify', {
          params: { challenge_id: challenge.challenge_id },
          body: { code, ...(signUp && { sign_up: signUp }) },
        })
        forgetStep()
        forgetEmail()
        beginSession(data)
        onArrive({ isNew: data.is_new, offersPasskey: data.offer_passkey })
      } catch (problem) {
        if (!(problem instanceof CallError) || problem.code !== 'sign_up_required') throw problem
        setStep({ kind: 'sign_up', challenge, code })
      }
    })
  const usePasskey = () =>
    attempt(async () => {
      await signInWithPasskey()
      forgetStep()
      onArrive({ isNew: false, offersPasskey: false })
    })

  switch (step.kind) {
    case 'email':
      return (
        <EmailStep
          {...{ email, setEmail, error, isBusy }}
          send={() => void sendCode()}
          {...(knowsPasskeys() && { usePasskey: () => void usePasskey() })}
        />
      )
    case 'code':
      return (
        <CodeStep
          challenge={step.challenge}
          {...{ error, isBusy }}
          verify={(code) => void verify(step.challenge, code)}
          again={() => void sendCode()}
          back={() => {
            setError(null)
            forgetStep()
          }}
        />
      )
    case 'sign_up':
      return (
        <SignUpStep
          challenge={step.challenge}
          {...{ error, isBusy }}
          send={(signUp) => void verify(step.challenge, step.code, signUp)}
          back={() => {
            setError(null)
            forgetStep()
          }}
        />
      )
    default:
      return step satisfies never
  }
}

function EmailStep({
  email,
  setEmail,
  error,
  isBusy,
  send,
  usePasskey,
}: {
  email: string
  setEmail: (email: string) => void
  error: unknown
  isBusy: boolean
  send: () => void
  usePasskey?: () => void
}) {
  const isAboutEmail = error instanceof CallError && error.param === 'email'
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    send()
  }
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <TextField
        label="E-mail address"
        type="email"
        name="email"
        autoComplete="username"
        autoFocus
        required
        value={email}
        onChange={({ target }) => setEmail(target.value)}
        problem={isAboutEmail ? error.message : null}
        help="We send a code. The first sign-in makes your account."
      />
      {error !== null && !isAboutEmail && <Failure error={error} />}
      <Button type="submit" kind="primary" isBusy={isBusy}>
        Send me a code
      </Button>
      {usePasskey && (
        <Button onClick={usePasskey} disabled={isBusy} icon={<KeyRound size={15} aria-hidden />}>
          Sign in with a passkey
        </Button>
      )}
    </form>
  )
}
