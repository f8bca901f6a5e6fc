import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { Plus } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'

import { roleReaches } from '#domain/people.ts'
import { type Loose, withoutUndefined } from '#web/client/loose.ts'
import { type MyAccount, useAccount } from '#web/client/me.ts'
import { reading } from '#web/client/queries.ts'
import { Button } from '#web/elements/button.tsx'
import { Chip, FilterChip } from '#web/elements/chip.tsx'
import type { Column } from '#web/elements/data-table.tsx'
import { Moment } from '#web/elements/moment.tsx'
import { Page } from '#web/elements/page.tsx'
import { SearchedList } from '#web/elements/searched-list.tsx'
import { SkeletonRows } from '#web/elements/states.tsx'
import { useProjects } from '#web/pages/projects/project-calls.ts'
import { useKeys } from '#web/shell/keys.ts'

import type { Key } from './key-calls.ts'
import { managesKeys, originOf } from './key-purpose.ts'
import { keyStanding } from './key-standing.ts'
import type { KeysSearch } from './keys-search.ts'
import { limitWords } from './limits-draft.ts'

const KeyDetail = lazy(async () => ({ default: (await import('./key-detail.tsx')).KeyDetail }))
const NewKey = lazy(async () => ({ default: (await import('./new-key.tsx')).NewKey }))

const columns: readonly Column<Key>[] = [
  {
    id: 'name',
    title: 'Name',
    width: 'minmax(140px, 1fr)',
    phone: 'title',
    cell: (key) => (
      <>
        <span className="font-medium">{key.name}</span>
        {managesKeys(key) && (
          <span className="ml-2">
            <Chip tone="accent">manages keys</Chip>
          </span>
        )}
        {key.app !== null && <span className="text-muted"> · {key.app}</span>}
      </>
    ),
  },
  {
    id: 'label',
    title: 'Key',
    width: '104px',
    phone: 'line',
    cell: ({ label }) => <span className="font-mono text-12 text-muted">{label}</span>,
  },
  {
    id: 'standing',
    title: 'State',
    width: '104px',
    phone: 'aside',
    cell: (key) => {
      const { words, tone } = keyStanding(key, Date.now())
      return <Chip tone={tone}>{words}</Chip>
    },
  },
  {
    id: 'limits',
    title: 'Limits',
    width: 'minmax(160px, 2fr)',
    phone: 'line',
    cell: ({ limits, scopes }) => (
      <span className="text-muted">
        {scopes.includes('inference') ? limitWords(limits) : 'asks no models'}
      </span>
    ),
  },
  {
    id: 'used',
    title: 'Last used',
    width: '104px',
    align: 'end',
    phone: 'line',
    cell: ({ last_used_at }) =>
      last_used_at === null ? (
        <span className="text-muted">not used yet</span>
      ) : (
        <Moment at={last_used_at} className="text-muted" />
      ),
  },
  {
    id: 'created',
    title: 'Created',
    width: '104px',
    align: 'end',
    phone: 'none',
    cell: ({ created_at }) => <Moment at={created_at} className="text-muted" />,
  },
]

/** The keys of an account: made in one step, limited by a sentence, revoked for good. */
export function KeysPage() {
  const account = useAccount()
  return account ? (
    <AccountKeys key={account.id} account={account} />
  ) : (
    <Page title="Keys">
      <SkeletonRows />
    </Page>
  )
}

function AccountKeys({ account }: { account: MyAccount }) {
  const search = useSearch({ from: '/framed/signed-in/keys' })
  const navigate = useNavigate({ from: '/keys' })
  const [q, setQ] = useState('')
  const projects = useProjects(account.id)
  const list = useQuery({
    ...reading('GET /api/accounts/{account_id}/keys', { params: { account_id: account.id } }),
    refetchInterval: 15_000,
  })
  const change = (part: Loose<KeysSearch>) =>
    void navigate({ search: (before) => withoutUndefined({ ...before, ...part }) })
  const mayChange = roleReaches(account.role, 'developer')
  const startCreating = () => change({ create: true })
  useKeys(mayChange ? [{ key: 'c', does: 'Create a key', run: startCreating }] : [])
  const projectName = (id: string | null) =>
    id === null
      ? null
      : (projects?.find((project) => project.id === id)?.name ?? `…${id.slice(-4)}`)
  const keys = byProject(
    (list.data?.data ?? [])
      .filter(({ revoked_at }) => search.revoked === true || revoked_at === null)
      .filter(({ project_id }) => search.project === undefined || project_id === search.project)
      .filter(({ name, label }) => `${name} ${label}`.toLowerCase().includes(q.toLowerCase())),
    projectName,
  )
  const opened = list.data?.data.find(({ id }) => id === search.key)
  const create = mayChange && (
    <Button kind="primary" icon={<Plus size={15} aria-hidden />} onClick={startCreating}>
      Create a key
    </Button>
  )
  return (
    <Page
      title="Keys"
      about="Each program its own: then a limit, a leak and a bill are one program's."
      actions={create}
    >
      <SearchedList
        label="Keys"
        q={q}
        setQ={setQ}
        filters={
          <>
            {list.data?.data.some(({ revoked_at }) => revoked_at !== null) === true && (
              <FilterChip
                isOn={search.revoked === true}
                onChange={(isOn) => change({ revoked: isOn ? true : undefined })}
              >
                revoked too
              </FilterChip>
            )}
            {search.project !== undefined && (
              <FilterChip isOn onChange={() => change({ project: undefined })}>
                project {projectName(search.project)}
              </FilterChip>
            )}
          </>
        }
        answer={list}
        none={{
          title: 'No key yet',
          words:
            'A key opens every model, with any OpenAI client. It takes a name and nothing else.',
          action: create,
        }}
        noneFits="No key has this name"
        rows={keys}
        columns={columns}
        keyOf={({ id }) => id}
        open={({ id }) => change({ key: id })}
        headingOf={({ project_id }, before) => {
          const isFirstOfGroup = before?.project_id !== project_id
          const isGrouped = keys.some((key) => key.project_id !== null)
          if (!isGrouped || !isFirstOfGroup) return null
          return <GroupHeading id={project_id} name={projectName(project_id)} />
        }}
      />
      <Suspense>
        {mayChange && search.create === true && (
          <NewKey
            account={account}
            projects={projects ?? []}
            projectId={search.project}
            isOpen
            setOpen={(isOpen) => change({ create: isOpen ? true : undefined })}
          />
        )}
        {opened && (
          <KeyDetail
            key={opened.id}
            apiKey={opened}
            project={projectName(opened.project_id)}
            origin={originOf(opened, list.data?.data ?? [])}
            mayChange={mayChange}
            close={() => change({ key: undefined })}
          />
        )}
      </Suspense>
    </Page>
  )
}

/** Keys of one project stand together, those of none first; within a project as the server lists them. */
function byProject(
  keys: readonly Key[],
  nameOf: (projectId: string | null) => string | null,
): readonly Key[] {
  const rank = ({ project_id }: Key) => `${nameOf(project_id) ?? ''}\0${project_id ?? ''}`
  return keys.toSorted((left, right) => rank(left).localeCompare(rank(right)))
}

function GroupHeading({ id, name }: { id: string | null; name: string | null }) {
  if (id === null) return 'In no project'
  return (
    <Link to="/projects" search={{ project: id }} className="hover:text-text hover:underline">
      Project <span className="font-medium text-text">{name}</span>
    </Link>
  )
}
