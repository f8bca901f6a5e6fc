import { useState } from 'react'

import type { CallOutput } from '#web/client/call.ts'
import type { MyAccount } from '#web/client/me.ts'
import { refresh } from '#web/client/queries.ts'
import { Choice } from '#web/elements/choice.tsx'
import { Modal } from '#web/elements/modal.tsx'
import type { Project } from '#web/pages/projects/project-calls.ts'
import { ProjectChoice } from '#web/pages/projects/project-choice.tsx'

import { createKey } from './key-calls.ts'
import { keyPurposes, type KeyPurpose, purposeWords, scopesOf } from './key-purpose.ts'
import { NamedLimitsForm } from './named-limits-form.tsx'
import { ShownOnce } from './shown-once.tsx'

type Made = CallOutput<'POST /api/accounts/{account_id}/keys'>

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
  const [chosen, setChosen] = useState<string | null>(null)
  const joins = chosen ?? projectId ?? ''
  const [purpose, setPurpose] = useState<KeyPurpose>('models')
  const [made, setMade] = useState<Made | null>(null)
  const close = (next: boolean) => {
    setOpen(next)
    if (!next) setMade(null)
  }
  return (
    <Modal
      title={made ? `"${made.data.name}" is ready` : 'New key'}
      about={
        made
          ? 'This is the only time the key is shown: codelace keeps no copy that could be read.'
          : 'It works at once, on every model that its limits allow.'
      }
      isOpen={isOpen}
      setOpen={close}
      isWide
    >
      {made ? (
        <ShownOnce secret={made.key} scopes={made.data.scopes} done={() => close(false)} />
      ) : (
        <NamedLimitsForm
          draft="key"
          placeholder="production, my laptop, CI…"
          subject="It"
          action="Create the key"
          // What asks no models spends nothing.
          limitsAre={purpose === 'keys' ? 'absent' : 'folded'}
          create={(given) => {
            const scopes = scopesOf(purpose)
            return createKey(account.id, {
              ...given,
              ...(scopes && { scopes }),
              ...(joins !== '' && { project_id: joins as Project['id'] }),
            })
          }}
          done={(created) => {
            setMade(created)
            void refresh('GET /api/accounts/{account_id}/keys')
          }}
        >
          <div>
            <Choice
              label="What it is for"
              value={purpose}
              options={keyPurposes}
              onChange={setPurpose}
            />
            <p className="mt-1.5 text-12 text-muted">{purposeWords[purpose]}</p>
          </div>
          <ProjectChoice projects={projects} value={joins} onChange={setChosen} />
        </NamedLimitsForm>
      )}
    </Modal>
  )
}
