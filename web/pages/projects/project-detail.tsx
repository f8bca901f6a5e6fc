import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type SubmitEvent, useState } from 'react'

import { useChange } from '#web/client/change.ts'
import { reading, refresh } from '#web/client/queries.ts'
import { Button, buttonClass } from '#web/elements/button.tsx'
import { CopyId } from '#web/elements/copy-text.tsx'
import { TextField } from '#web/elements/field.tsx'
import { Modal } from '#web/elements/modal.tsx'
import { Moment } from '#web/elements/moment.tsx'
import { Skeleton } from '#web/elements/states.tsx'
import { tell } from '#web/elements/toasts.ts'
import { TypeToConfirm } from '#web/elements/type-to-confirm.tsx'
import { limitWords } from '#web/pages/keys/limits-draft.ts'
import { LimitsForm } from '#web/pages/keys/limits-form.tsx'
import { SpentMeters } from '#web/pages/keys/spent-meters.tsx'

import { archiveProject, changeProject, type Project } from './project-calls.ts'

const changed = () =>
  refresh(
    'GET /api/accounts/{account_id}/projects',
    'GET /api/accounts/{account_id}/projects/{project_id}',
  )

/** One project: what its keys have spent of its budget, its name, its limits, and its end. */
export function ProjectDetail({
  project,
  keyCount,
  mayManage,
  close,
}: {
  project: Project
  keyCount: number | undefined
  mayManage: boolean
  close: () => void
}) {
  const isOpen = project.archived_at === null
  const { data } = useQuery(
    reading('GET /api/accounts/{account_id}/projects/{project_id}', {
      params: { account_id: project.account_id, project_id: project.id },
    }),
  )
  return (
    <Modal title={project.name} isOpen setOpen={(next) => !next && close()} isWide>
      <div className="flex flex-col gap-5">
        <div className="flex flex-wrap items-center gap-x-4 gap-y-1 text-13 text-muted">
          <span>
            created <Moment at={project.created_at} />
          </span>
          {!isOpen && (
            <span>
              archived <Moment at={project.archived_at} />
            </span>
          )}
          <CopyId id={project.id} />
        </div>
        {data ? (
          <SpentMeters spent={data.data.spent} limits={data.data.limits} />
        ) : (
          <Skeleton className="h-16 w-full" />
        )}
        {mayManage && isOpen ? (
          <LimitsForm
            key={JSON.stringify(project.limits)}
            subject="Its keys together"
            limits={project.limits}
            save={(limits) => changeProject(project, { limits })}
            saved={() => {
              void changed()
              tell(`The limits of "${project.name}" count everywhere within seconds`)
            }}
          />
        ) : (
          <p className="text-muted">Its keys together have {limitWords(project.limits)}.</p>
        )}
        <div className="flex flex-wrap items-center gap-4 border-t border-line pt-4">
          <Link to="/keys" search={{ project: project.id }} className="text-accent hover:underline">
            {keyCount === undefined
              ? 'Its keys'
              : `Its ${keyCount === 1 ? 'key' : `${keyCount} keys`}`}
          </Link>
          <Link
            to="/requests"
            search={{ project: project.id }}
            className="text-accent hover:underline"
          >
            Its requests
          </Link>
          <Link
            to="/usage"
            search={{ project: project.id }}
            className="text-accent hover:underline"
          >
            Its usage
          </Link>
          {isOpen && (
            <Link
              to="/keys"
              search={{ create: true, project: project.id }}
              className={buttonClass('plain', 'small')}
            >
              Create a key in it
            </Link>
          )}
        </div>
        {mayManage && isOpen && <Rename project={project} />}
        {mayManage && isOpen && <Archive project={project} close={close} />}
      </div>
    </Modal>
  )
}

function Rename({ project }: { project: Project }) {
  const [name, setName] = useState(project.name)
  const [problem, setProblem] = useState<string | null>(null)
  const rename = useChange((to: string) => changeProject(project, { name: to }), {
    isShown: true,
    done: ({ data }) => {
      void changed()
      tell(`It is called "${data.name}" from now on`, {
        label: 'Undo',
        run: () => rename.mutate(project.name),
      })
    },
  })
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    setProblem(null)
    rename.mutate(name.trim(), { onError: ({ message }) => setProblem(message) })
  }
  return (
    <form onSubmit={submit} className="flex items-end gap-2 border-t border-line pt-4">
      <div className="min-w-0 grow md:max-w-80">
        <TextField
          label="Name"
          maxLength={100}
          value={name}
          onChange={({ target }) => setName(target.value)}
          problem={problem}
        />
      </div>
      <Button
        type="submit"
        isBusy={rename.isPending}
        disabled={name.trim() === '' || name.trim() === project.name}
      >
        Rename
      </Button>
    </form>
  )
}

function Archive({ project, close }: { project: Project; close: () => void }) {
  const [isAsking, setAsking] = useState(false)
  const archive = useChange(() => archiveProject(project), {
    done: () => {
      void changed()
      tell(`"${project.name}" is archived: it takes no new keys`)
      close()
    },
  })
  if (!isAsking) {
    return (
      <div>
        <Button kind="danger" onClick={() => setAsking(true)}>
          Archive…
        </Button>
      </div>
    )
  }
  return (
    <TypeToConfirm
      name={project.name}
      consequence={
        <>
          It takes no new keys, for good; what it used stays in the log. Its keys must be revoked
          first. Type <strong className="font-semibold">{project.name}</strong> to archive it.
        </>
      }
      action="Archive the project"
      isBusy={archive.isPending}
      confirm={() => archive.mutate(undefined)}
      keep={() => setAsking(false)}
    />
  )
}
