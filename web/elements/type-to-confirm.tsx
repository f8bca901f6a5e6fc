import { type ReactNode, type SubmitEvent, useId, useState } from 'react'

import { Button } from './button.tsx'
import { inputClass } from './field.tsx'

/**
 * What cannot be undone is done only after its name was typed. `consequence` says what is lost, with the
 * name in it.
 */
export function TypeToConfirm({
  name,
  consequence,
  action,
  isBusy,
  confirm,
  keep,
}: {
  name: string
  consequence: ReactNode
  action: string
  isBusy: boolean
  confirm: () => void
  keep: () => void
}) {
  const id = useId()
  const [typed, setTyped] = useState('')
  const isRight = typed.trim() === name.trim()
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (isRight) confirm()
  }
  return (
    <form
      onSubmit={submit}
      className="flex w-full flex-col gap-2 rounded border border-negative/40 bg-negative-wash p-3"
    >
      <label htmlFor={id} className="text-13">
        {consequence}
      </label>
      <div className="flex flex-wrap gap-2">
        <input
          id={id}
          autoFocus
          autoComplete="off"
          value={typed}
          onChange={({ target }) => setTyped(target.value)}
          className={`${inputClass} w-auto! min-w-40! grow`}
        />
        <Button type="submit" kind="danger" isBusy={isBusy} disabled={!isRight}>
          {action}
        </Button>
        <Button kind="quiet" onClick={keep}>
          Keep it
        </Button>
      </div>
    </form>
  )
}
