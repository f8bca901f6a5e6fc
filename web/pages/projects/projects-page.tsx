import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { Plus } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'

import { roleReaches } from '#domain/people.ts'
import { withoutUndefined } from '#web/client/loose.ts'
import { type MyAccount, useAccount } from '#web/client/me.ts'
import { reading } from '#web/client/queries.ts'
import { Button } from '#web/elements/button.tsx'
import { Chip, FilterChip } from '#web/elements/chip.tsx'
import type { Column } from '#web/elements/data-table.tsx'
import { Moment } from '#web/elements/moment.tsx'
import { Page } from '#web/elements/page.tsx'
import { SearchedList } from '#web/elements/searched-list.tsx'
import { SkeletonRows } from '#web/elements/states.tsx'
import { limitWords } from '#web/pages/keys/limits-draft.ts'
import { useKeys } from '#web/shell/keys.ts'

import type { Project } from './project-calls.ts'

const NewProject = lazy(async () => ({ default: (await import('./new-project.tsx')).NewProject }))
const ProjectDetail = lazy(async () => ({
  default: (await import('./project-detail.tsx')).ProjectDetail,
}))

/** The projects of an account: each with keys and a budget of its own. */
export function ProjectsPage() {
  const account = useAccount()
  return account ? (
    <AccountProjects key={account.id} account={account} />
  ) : (
    <Page title="Projects">
      <SkeletonRows />
    </Page>
  )
}

function AccountProjects({ account }: { account: MyAccount }) {
  const search = useSearch({ from: '/framed/signed-in/projects' })
  const navigate = useNavigate({ from: '/projects' })
  const [q, setQ] = useState('')
  const params = { account_id: account.id }
  const list = useQuery(reading('GET /api/accounts/{account_id}/projects', { params }))
  const { data: keys } = useQuery(reading('GET /api/accounts/{account_id}/keys', { params }))
  const change = (part: {
    create?: true | undefined
    archived?: true | undefined
    project?: string | undefined
  }) => void navigate({ search: (before) => withoutUndefined({ ...before, ...part }) })
  const mayManage = roleReaches(account.role, 'admin')
  const startCreating = () => change({ create: true })
  useKeys(mayManage ? [{ key: 'c', does: 'Create a project', run: startCreating }] : [])
  const projects = (list.data?.data ?? [])
    .filter(({ archived_at }) => search.archived === true || archived_at === null)
    .filter(({ name }) => name.toLowerCase().includes(q.toLowerCase()))
  const opened = list.data?.data.find(({ id }) => id === search.project)
  const keyCount = ({ id }: Project) =>
    keys?.data.filter(({ project_id, revoked_at }) => project_id === id && revoked_at === null)
      .length
  const create = mayManage && (
    <Button kind="primary" icon={<Plus size={15} aria-hidden />} onClick={startCreating}>
      Create a project
    </Button>
  )
  return (
    <Page
      title="Projects"
      about="A part of the account with keys and a budget of its own: one product, one team, one customer."
      actions={create}
    >
      <SearchedList
        label="Projects"
        q={q}
        setQ={setQ}
        filters={
          list.data?.data.some(({ archived_at }) => archived_at !== null) === true && (
            <FilterChip
              isOn={search.archived === true}
              onChange={(isOn) => change({ archived: isOn ? true : undefined })}
            >
              archived too
            </FilterChip>
          )
        }
        answer={list}
        none={{
          title: 'No project yet',
          words:
            'Keys can do without one. With one, what they use together is limited, and told apart in usage and requests.',
          action: create,
        }}
        noneFits="No project has this name"
        rows={projects}
        columns={columnsOf(keyCount)}
        keyOf={({ id }) => id}
        open={({ id }) => change({ project: id })}
      />
      <Suspense>
        {search.create === true && mayManage && (
          <NewProject
            account={account}
            isOpen
            close={(made) => change({ create: undefined, project: made })}
          />
        )}
        {opened && (
          <ProjectDetail
            key={opened.id}
            project={opened}
            keyCount={keyCount(opened)}
            mayManage={mayManage}
            close={() => change({ project: undefined })}
          />
        )}
      </Suspense>
    </Page>
  )
}

function columnsOf(keyCount: (project: Project) => number | undefined): readonly Column<Project>[] {
  return [
    {
      id: 'name',
      title: 'Name',
      width: 'minmax(140px, 2fr)',
      phone: 'title',
      cell: ({ name }) => <span className="font-medium">{name}</span>,
    },
    {
      id: 'standing',
      title: 'State',
      width: '104px',
      phone: 'aside',
      cell: ({ archived_at }) =>
        archived_at === null ? <Chip tone="positive">open</Chip> : <Chip>archived</Chip>,
    },
    {
      id: 'keys',
      title: 'Keys that work',
      width: '112px',
      align: 'end',
      phone: 'line',
      cell: (project) => (
        <span className="font-mono">
          {keyCount(project) ?? '–'}
          <span className="font-sans md:hidden">{keyCount(project) === 1 ? ' key' : ' keys'}</span>
        </span>
      ),
    },
    {
      id: 'limits',
      title: 'Budget and limits',
      width: 'minmax(160px, 3fr)',
      phone: 'line',
      cell: ({ limits }) => <span className="text-muted">{limitWords(limits)}</span>,
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
}
