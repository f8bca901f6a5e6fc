import { type SubmitEvent, useState } from 'react'

import { Button } from '#web/elements/button.tsx'
import { inputClass } from '#web/elements/field.tsx'

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
  const [typed, setTyped] = useState<string | null>(null)
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (typed?.trim() === name.trim()) revoke()
  }
  if (typed === null) {
    return (
      <Button kind="danger" className="ml-auto" onClick={() => setTyped('')}>
        Revoke…
      </Button>
    )
  }
  return (
    <form
      onSubmit={submit}
      className="flex w-full flex-col gap-2 rounded border border-negative/40 bg-negative-wash p-3"
    >
      <label htmlFor="revoke-name" className="text-13">
        Programs that use it are refused within seconds, for good. Type{' '}
        <strong className="font-semibold">{name}</strong> to revoke it.
      </label>
      <div className="flex gap-2">
        <input
          id="revoke-name"
          autoFocus
          autoComplete="off"
          value={typed}
          onChange={({ target }) => setTyped(target.value)}
          className={inputClass}
        />
        <Button type="submit" kind="danger" isBusy={isBusy} disabled={typed.trim() !== name.trim()}>
          Revoke the key
        </Button>
        <Button kind="quiet" onClick={() => setTyped(null)}>
          Keep it
        </Button>
      </div>
    </form>
  )
}
