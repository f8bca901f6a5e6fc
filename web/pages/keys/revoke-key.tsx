import { useState } from 'react'

import { Button } from '#web/elements/button.tsx'
import { TypeToConfirm } from '#web/elements/type-to-confirm.tsx'

/** Revoking cannot be undone, so the name is typed first. */
export function RevokeKey({
  name,
  isBusy,
  revoke,
}: {
  name: string
  isBusy: boolean
  revoke: () => void
}) {
  const [isAsking, setAsking] = useState(false)
  if (!isAsking) {
    return (
      <Button kind="danger" className="ml-auto" onClick={() => setAsking(true)}>
        Revoke…
      </Button>
    )
  }
  return (
    <TypeToConfirm
      name={name}
      consequence={
        <>
          Programs that use it are refused within seconds, for good. Type{' '}
          <strong className="font-semibold">{name}</strong> to revoke it.
        </>
      }
      action="Revoke the key"
      isBusy={isBusy}
      confirm={revoke}
      keep={() => setAsking(false)}
    />
  )
}
