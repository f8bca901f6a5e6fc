import { useQuery } from '@tanstack/react-query'
import { type SubmitEvent, useState } from 'react'

import { CallError } from '#web/client/call-error.ts'
import { useChange } from '#web/client/change.ts'
import { useDraft } from '#web/client/drafts.ts'
import type { MyAccount } from '#web/client/me.ts'
import { reading, refresh } from '#web/client/queries.ts'
import { Button } from '#web/elements/button.tsx'
import { TextField } from '#web/elements/field.tsx'
import { Modal } from '#web/elements/modal.tsx'
import { Failure } from '#web/elements/states.tsx'
import { tell } from '#web/elements/toasts.ts'
import { noLimits, readLimits } from '#web/pages/keys/limits-draft.ts'
import { LimitsSentence } from '#web/pages/keys/limits-sentence.tsx'

import { createProject } from './project-calls.ts'

/** A new project: a name and, for whoever wants one, a budget. */
export function NewProject({
  account,
  isOpen,
  close,
}: {
  account: MyAccount
  isOpen: boolean
  /** With the id of the project where one was made. */
  close: (made?: string) => void
}) {
  const [name, setName, forgetName] = useDraft('project-name', '')
  const [limits, setLimits, forgetLimits] = useDraft('project-limits', noLimits)
  const [problem, setProblem] = useState<string | null>(null)
  const { data: models } = useQuery(reading('GET /v1/models', {}))
  const create = useChange(
    (body: Parameters<typeof createProject>[1]) => createProject(account.id, body),
    {
      isShown: true,
      done: ({ data }) => {
        forgetName()
        forgetLimits()
        void refresh('GET /api/accounts/{account_id}/projects')
        tell(`"${data.name}" is there: keys join it when they are made`)
        close(data.id)
      },
    },
  )
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const read = readLimits(limits)
    setProblem(read.kind === 'problem' ? read.words : null)
    if (read.kind === 'limits') create.mutate({ name: name.trim(), limits: read.limits })
  }
  const nameProblem =
    create.error instanceof CallError && create.error.param === 'name' ? create.error.message : null
  return (
    <Modal
      title="New project"
      about="Its keys together stay within its budget, whatever each of them may."
      isOpen={isOpen}
      setOpen={(next) => {
        if (!next) close()
      }}
      isWide
    >
      <form onSubmit={submit} className="flex flex-col gap-4">
        <TextField
          label="Name"
          name="project-name"
          autoFocus
          required
          maxLength={100}
          placeholder="search, support bot, a customer…"
          value={name}
          onChange={({ target }) => setName(target.value)}
          problem={nameProblem}
        />
        <LimitsSentence
          subject="Its keys together"
          draft={limits}
          change={(part) => setLimits((before) => ({ ...before, ...part }))}
          models={models?.data.map(({ id }) => id) ?? []}
          problem={problem}
        />
        {create.error !== null && nameProblem === null && <Failure error={create.error} />}
        <div className="flex justify-end">
          <Button
            type="submit"
            kind="primary"
            isBusy={create.isPending}
            disabled={name.trim() === ''}
          >
            Create the project
          </Button>
        </div>
      </form>
    </Modal>
  )
}
