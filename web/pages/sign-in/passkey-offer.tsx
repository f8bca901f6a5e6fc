import { useState } from 'react'

import { addPasskey, knowsPasskeys, wasCancelled } from '#web/client/passkeys.ts'
import { Button } from '#web/elements/button.tsx'
import { Failure } from '#web/elements/states.tsx'

/** Offers a passkey right after a sign-in by mail; it can be declined, and added later in the settings. */
export function PasskeyOffer({ leave }: { leave: () => void }) {
  const [error, setError] = useState<unknown>(null)
  const [isBusy, setBusy] = useState(false)
  const add = async () => {
    setBusy(true)
    setError(null)
    try {
      await addPasskey('This device')
      leave()
    } catch (problem) {
      if (!wasCancelled(problem)) setError(problem)
      setBusy(false)
    }
  }
  return (
    <div className="flex flex-col gap-4">
      <p className="text-muted">
        A passkey signs you in with your fingerprint, face or screen lock. It cannot be phished, and
        there is no code to wait for.
      </p>
      {error !== null && <Failure error={error} />}
      {knowsPasskeys() && (
        <Button kind="primary" isBusy={isBusy} onClick={() => void add()}>
          Add a passkey
        </Button>
      )}
      <Button onClick={leave}>Not now</Button>
    </div>
  )
}
