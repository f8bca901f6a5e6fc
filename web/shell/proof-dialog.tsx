import { useMutation } from '@tanstack/react-query'
import { KeyRound, Mail } from 'lucide-react'
import { type SubmitEvent, useState } from 'react'

import { CallError } from '#web/client/call-error.ts'
import { call, type CallOutput } from '#web/client/call.ts'
import { knowsPasskeys, proveWithPasskey, wasCancelled } from '#web/client/passkeys.ts'
import type { ProofWish } from '#web/client/proof.ts'
import { keepSessionToken } from '#web/client/session.ts'
import { Button } from '#web/elements/button.tsx'
import { Modal } from '#web/elements/modal.tsx'
import { Failure } from '#web/elements/states.tsx'
import { CodeField } from '#web/pages/sign-in/code-field.tsx'

const actionWords: Readonly<Record<string, string>> = {
  change_email: 'change your e-mail address',
  change_passkeys: 'change your passkeys',
  create_key: 'create this key',
  add_provider_key: 'keep a key of your own for a provider',
  raise_key_limit: 'raise the limit of this key',
  raise_auto_top_up: 'raise the automatic top-up',
  change_card: 'change your card',
  export_data: 'export your data',
  delete_account: 'delete this account',
  end_sessions: 'end sessions on other devices',
  keep_content: 'keep messages and answers',
  manage_members: 'change who belongs to this account',
  change_spending: 'change what may be spent from another browser or network than before',
}

/** Asks for a fresh proof where a change takes one, and lets it go on. */
export function ProofDialog({ wish }: { wish: ProofWish }) {
  return (
    <Modal
      title="Confirm that it is you"
      about={`To ${actionWords[wish.action] ?? 'do this'}, with a passkey or a code from a mail. It counts for five minutes, and for nothing else.`}
      isOpen
      setOpen={(isOpen) => {
        if (!isOpen) wish.refused()
      }}
    >
      <Proof wish={wish} />
    </Modal>
  )
}

type Challenge = CallOutput<'POST /api/me/step-up'>['data']

function Proof({ wish }: { wish: ProofWish }) {
  const [challenge, setChallenge] = useState<Challenge | null>(null)
  const [code, setCode] = useState('')
  const passkey = useMutation({
    mutationFn: () => proveWithPasskey(wish.action),
    onSuccess: wish.given,
  })
  const send = useMutation({
    mutationFn: () => call('POST /api/me/step-up', { body: { action: wish.action as never } }),
    onSuccess: ({ data }) => setChallenge(data),
  })
  const verify = useMutation({
    mutationFn: (typed: string) =>
      call('POST /api/me/step-up/{challenge_id}/verify', {
        params: { challenge_id: challenge?.challenge_id ?? '' } as never,
        body: { code: typed },
      }),
    onSuccess: ({ data }) => {
      keepSessionToken(data.session_token)
      wish.given()
    },
  })
  const error = [passkey.error, send.error, verify.error].find(
    (each) => each !== null && !wasCancelled(each),
  )
  const isWrong = error instanceof CallError && error.code === 'wrong_code'
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    verify.mutate(code)
  }
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      {challenge ? (
        <>
          <CodeField
            value={code}
            onChange={setCode}
            length={challenge.code.length}
            isDigits={challenge.code.characters === 'digits'}
            problem={isWrong ? error.message : null}
            onWhole={verify.mutate}
          />
          <Button type="submit" kind="primary" isBusy={verify.isPending} disabled={code === ''}>
            Confirm
          </Button>
        </>
      ) : (
        <div className="flex flex-col gap-2 md:flex-row">
          {knowsPasskeys() && (
            <Button
              kind="primary"
              icon={<KeyRound size={15} aria-hidden />}
              isBusy={passkey.isPending}
              onClick={() => passkey.mutate()}
            >
              Use a passkey
            </Button>
          )}
          <Button
            icon={<Mail size={15} aria-hidden />}
            isBusy={send.isPending}
            onClick={() => send.mutate()}
          >
            Send me a code
          </Button>
        </div>
      )}
      {error !== undefined && !isWrong && <Failure error={error} />}
    </form>
  )
}
