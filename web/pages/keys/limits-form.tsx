import { useQuery } from '@tanstack/react-query'
import { type SubmitEvent, useState } from 'react'

import { useChange } from '#web/client/change.ts'
import { reading } from '#web/client/queries.ts'
import { Button } from '#web/elements/button.tsx'

import type { Key, LimitsChange } from './key-calls.ts'
import { draftOfLimits, readLimits } from './limits-draft.ts'
import { LimitsSentence } from './limits-sentence.tsx'

/**
 * The limits of a key, a project or an account as a sentence that can be edited and saved. What was typed
 * stays when the server refuses it, with the reason below it.
 */
export function LimitsForm({
  subject,
  limits,
  save,
  saved,
}: {
  subject: string
  limits: Key['limits']
  save: (limits: LimitsChange) => Promise<unknown>
  saved: () => void
}) {
  const { data: models } = useQuery(reading('GET /v1/models', {}))
  const before = draftOfLimits(limits)
  const [draft, setDraft] = useState(before)
  const [problem, setProblem] = useState<string | null>(null)
  const saving = useChange(save, { isShown: true, done: saved })
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const read = readLimits(draft)
    setProblem(read.kind === 'problem' ? read.words : null)
    if (read.kind === 'limits') {
      saving.mutate(read.limits, { onError: ({ message }) => setProblem(message) })
    }
  }
  return (
    <form onSubmit={submit} className="flex flex-col gap-3">
      <LimitsSentence
        subject={subject}
        draft={draft}
        change={(part) => setDraft((typed) => ({ ...typed, ...part }))}
        models={models?.data.map(({ id }) => id) ?? []}
        problem={problem}
      />
      <div>
        <Button
          type="submit"
          kind="primary"
          isBusy={saving.isPending}
          disabled={JSON.stringify(draft) === JSON.stringify(before)}
        >
          Save the limits
        </Button>
      </div>
    </form>
  )
}
