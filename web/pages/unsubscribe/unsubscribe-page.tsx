import { useMutation } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'

import { call } from '#web/client/call.ts'
import { Alone } from '#web/elements/alone.tsx'
import { Button, buttonClass } from '#web/elements/button.tsx'
import { Failure } from '#web/elements/states.tsx'

/** Where the last line of a notification leads: no more of these mails, without signing in. */
export function UnsubscribePage() {
  const [token] = useState(() => location.hash.slice(1))
  const stop = useMutation({
    mutationFn: () => call('POST /api/notifications/unsubscribe', { body: { token } }),
  })
  if (stop.data) {
    return (
      <Alone title="No more mails">
        <div className="flex flex-col gap-4">
          <p className="break-words">
            You get no more mails about {stop.data.data.account_name}. What you would have been told
            stands in the dashboard.
          </p>
          <Link to="/settings/notifications" className={buttonClass()}>
            Choose what you are told
          </Link>
        </div>
      </Alone>
    )
  }
  return (
    <Alone title="Stop these mails">
      {token === '' ? (
        <p className="text-muted">
          This page is opened by a link in a mail. Its address has lost the end of that link: open
          it again, or copy it whole.
        </p>
      ) : (
        <div className="flex flex-col gap-4">
          <p>Mails about low balance, budgets and errors of this account end for you.</p>
          {stop.error !== null && <Failure error={stop.error} />}
          <Button kind="primary" isBusy={stop.isPending} onClick={() => stop.mutate()}>
            Stop the mails
          </Button>
        </div>
      )}
    </Alone>
  )
}
