import { useQuery } from '@tanstack/react-query'
import { type SubmitEvent, useState } from 'react'

import { CallError } from '#web/client/call-error.ts'
import { useChange } from '#web/client/change.ts'
import { useDraft } from '#web/client/drafts.ts'
import type { MyAccount } from '#web/client/me.ts'
import { reading, refresh } from '#web/client/queries.ts'
import { Button } from '#web/elements/button.tsx'
import { Field, inputClass, TextField } from '#web/elements/field.tsx'
import { Modal } from '#web/elements/modal.tsx'
import { Failure } from '#web/elements/states.tsx'
import type { Project } from '#web/pages/projects/project-calls.ts'

import { createKey } from './key-calls.ts'
import { noLimits, readLimits } from './limits-draft.ts'
import { LimitsSentence } from './limits-sentence.tsx'
import { ShownOnce } from './shown-once.tsx'

/** A new key in one step: a name, and whoever wants to, the limits. Its secret is shown here, once. */
export function NewKey({
  account,
  projects,
  projectId,
  isOpen,
  setOpen,
}: {
  account: MyAccount
  projects: readonly Project[]
  /** The project that it joins unless another one is chosen. */
  projectId: string | undefined
  isOpen: boolean
  setOpen: (isOpen: boolean) => void
}) {
  const [name, setName, forgetName] = useDraft('key-name', '')
  const [limits, setLimits, forgetLimits] = useDraft('key-limits', noLimits)
  const [chosen, setChosen] = useState<string | null>(null)
  const joins = chosen ?? projectId ?? ''
  const [problem, setProblem] = useState<string | null>(null)
  const [secret, setSecret] = useState<{ key: string; name: string } | null>(null)
  const { data: models } = useQuery(reading('GET /v1/models', {}))
  const create = useChange((body: Parameters<typeof createKey>[1]) => createKey(account.id, body), {
    isShown: true,
    done: ({ key, data }) => {
      setSecret({ key, name: data.name })
      forgetName()
      forgetLimits()
      void refresh('GET /api/accounts/{account_id}/keys')
    },
  })
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const read = readLimits(limits)
    setProblem(read.kind === 'problem' ? read.words : null)
    if (read.kind !== 'limits') return
    create.mutate({
      name: name.trim(),
      limits: read.limits,
      ...(joins !== '' && { project_id: joins as Project['id'] }),
    })
  }
  const close = (next: boolean) => {
    setOpen(next)
    if (!next) {
      setSecret(null)
      create.reset()
    }
  }
  const nameProblem =
    create.error instanceof CallError && create.error.param === 'name' ? create.error.message : null
  return (
    <Modal
      title={secret ? `"${secret.name}" is ready` : 'New key'}
      about={
        secret
          ? 'This is the only time the key is shown: codelace keeps no copy that could be read.'
          : 'It works at once, on every model that its limits allow.'
      }
      isOpen={isOpen}
      setOpen={close}
      isWide
    >
      {secret ? (
        <ShownOnce secret={secret.key} done={() => close(false)} />
      ) : (
        <form onSubmit={submit} className="flex flex-col gap-4">
          <TextField
            label="Name"
            name="key-name"
            autoFocus
            required
            maxLength={100}
            placeholder="production, my laptop, CI…"
            value={name}
            onChange={({ target }) => setName(target.value)}
            problem={nameProblem}
          />
          <ProjectChoice projects={projects} value={joins} onChange={setChosen} />
          <details>
            <summary className="cursor-pointer text-13 text-muted hover:text-text">
              Limit what it may use
            </summary>
            <div className="mt-2">
              <LimitsSentence
                subject="It"
                draft={limits}
                change={(part) => setLimits((before) => ({ ...before, ...part }))}
                models={models?.data.map(({ id }) => id) ?? []}
                problem={problem}
              />
            </div>
          </details>
          {create.error !== null && nameProblem === null && <Failure error={create.error} />}
          <div className="flex justify-end">
            <Button
              type="submit"
              kind="primary"
              isBusy={create.isPending}
              disabled={name.trim() === ''}
            >
              Create the key
            </Button>
          </div>
        </form>
      )}
    </Modal>
  )
}

function ProjectChoice({
  projects,
  value,
  onChange,
}: {
  projects: readonly Project[]
  value: string
  onChange: (id: string) => void
}) {
  const open = projects.filter(({ archived_at }) => archived_at === null)
  if (open.length === 0) return null
  return (
    <Field label="Project" help="A key belongs to its project for its whole life.">
      {(ids) => (
        <select
          {...ids}
          value={value}
          onChange={({ target }) => onChange(target.value)}
          className={inputClass}
        >
          <option value="">none</option>
          {open.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      )}
    </Field>
  )
}
