import { useQuery } from '@tanstack/react-query'
import { type ReactNode, type SubmitEvent, useState } from 'react'

import { CallError } from '#web/client/call-error.ts'
import { useChange } from '#web/client/change.ts'
import { useDraft } from '#web/client/drafts.ts'
import { reading } from '#web/client/queries.ts'
import { Button } from '#web/elements/button.tsx'
import { TextField } from '#web/elements/field.tsx'
import { Failure } from '#web/elements/states.tsx'

import { noLimits, readLimits, type ReadLimits } from './limits-draft.ts'
import { LimitsSentence } from './limits-sentence.tsx'

/** What a new thing with limits is made of. */
export interface NamedLimits {
  readonly name: string
  readonly limits: Extract<ReadLimits, { kind: 'limits' }>['limits']
}

/**
 * Makes something that has a name and may have limits: a key, a project. What was typed survives a reload
 * and an error, and is gone once the thing is made.
 */
export function NamedLimitsForm<Made>({
  draft,
  placeholder,
  subject,
  action,
  limitsAre = 'shown',
  children,
  create,
  done,
}: {
  /** The name of the draft. */
  draft: string
  placeholder: string
  /** Whom the sentence of limits is about. */
  subject: string
  action: string
  /** Behind a word, in sight, or of no use. */
  limitsAre?: 'folded' | 'shown' | 'absent'
  /** What else is chosen, below the name. */
  children?: ReactNode
  create: (given: NamedLimits) => Promise<Made>
  done: (made: Made) => void
}) {
  const [name, setName, forgetName] = useDraft(`${draft}-name`, '')
  const [limits, setLimits, forgetLimits] = useDraft(`${draft}-limits`, noLimits)
  const [problem, setProblem] = useState<string | null>(null)
  const { data: models } = useQuery(reading('GET /v1/models', {}))
  const creating = useChange(create, {
    isShown: true,
    done: (made) => {
      forgetName()
      forgetLimits()
      done(made)
    },
  })
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const read = readLimits(limitsAre === 'absent' ? noLimits : limits)
    setProblem(read.kind === 'problem' ? read.words : null)
    if (read.kind === 'limits') creating.mutate({ name: name.trim(), limits: read.limits })
  }
  const { error } = creating
  const nameProblem = error instanceof CallError && error.param === 'name' ? error.message : null
  const sentence = (
    <LimitsSentence
      subject={subject}
      draft={limits}
      change={(part) => setLimits((before) => ({ ...before, ...part }))}
      models={models?.data.map(({ id }) => id) ?? []}
      problem={problem}
    />
  )
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <TextField
        label="Name"
        name={`${draft}-name`}
        autoFocus
        required
        maxLength={100}
        placeholder={placeholder}
        value={name}
        onChange={({ target }) => setName(target.value)}
        problem={nameProblem}
      />
      {children}
      {limitsAre === 'shown' && sentence}
      {limitsAre === 'folded' && (
        <details>
          <summary className="cursor-pointer text-13 text-muted hover:text-text">
            Limit what it may use
          </summary>
          <div className="mt-2">{sentence}</div>
        </details>
      )}
      {error !== null && nameProblem === null && <Failure error={error} />}
      <div className="flex justify-end">
        <Button
          type="submit"
          kind="primary"
          isBusy={creating.isPending}
          disabled={name.trim() === ''}
        >
          {action}
        </Button>
      </div>
    </form>
  )
}
