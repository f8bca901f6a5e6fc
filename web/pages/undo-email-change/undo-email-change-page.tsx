import { useMutation } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ShieldCheck } from 'lucide-react'
import { useState } from 'react'

import { call } from '#web/client/call.ts'
import { Alone } from '#web/elements/alone.tsx'
import { Button, buttonClass } from '#web/elements/button.tsx'
import { Failure } from '#web/elements/states.tsx'

/**
 * Where the link in the mail to an old address leads. Opening it does nothing by itself: programs that
 * look at mails open links too.
 */
export function UndoEmailChangePage() {
  // The token stands behind the #, which no server is ever sent.
  const [token] = useState(() => location.hash.slice(1))
  const undo = useMutation({
    mutationFn: () => call('POST /api/sign-in/undo-email-change', { body: { token } }),
  })
  if (undo.data) {
    return (
      <Alone title="The address is yours again">
        <div className="flex flex-col gap-4">
          <p className="flex gap-2">
            <ShieldCheck size={18} aria-hidden className="mt-px shrink-0 text-positive" />
            <span>
              You sign in as <strong className="font-semibold">{undo.data.data.email}</strong>.
              Every session has ended, whoever began it.
            </span>
          </p>
          <p className="text-muted">
            Sign in, then look through your passkeys and keys for any that you did not make.
          </p>
          <Link to="/sign-in" search={{ to: '/sessions' }} className={buttonClass('primary')}>
            Sign in and look
          </Link>
        </div>
      </Alone>
    )
  }
  return (
    <Alone title="Take your address back">
      {token === '' ? (
        <p className="text-muted">
          This page is opened by the link in the mail about the change. The address of this page has
          lost the end of that link: open it again, or copy it whole.
        </p>
      ) : (
        <div className="flex flex-col gap-4">
          <p>
            The address that you sign in with was changed. If that was not you, take the old one
            back: every session ends, and nobody signs in with the new one.
          </p>
          {undo.error !== null && <Failure error={undo.error} />}
          <Button kind="primary" isBusy={undo.isPending} onClick={() => undo.mutate()}>
            Take it back
          </Button>
          <p className="text-12 text-muted">If it was you, there is nothing to do.</p>
        </div>
      )}
    </Alone>
  )
}
