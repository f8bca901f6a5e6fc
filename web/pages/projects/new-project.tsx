import type { MyAccount } from '#web/client/me.ts'
import { refresh } from '#web/client/queries.ts'
import { Modal } from '#web/elements/modal.tsx'
import { tell } from '#web/elements/toasts.ts'
import { NamedLimitsForm } from '#web/pages/keys/named-limits-form.tsx'

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
      <NamedLimitsForm
        draft="project"
        placeholder="search, support bot, a customer…"
        subject="Its keys together"
        action="Create the project"
        create={(given) => createProject(account.id, given)}
        done={({ data }) => {
          void refresh('GET /api/accounts/{account_id}/projects')
          tell(`"${data.name}" is there: keys join it when they are made`)
          close(data.id)
        }}
      />
    </Modal>
  )
}
