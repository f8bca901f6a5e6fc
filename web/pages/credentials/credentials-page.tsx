import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { Plus } from 'lucide-react'
import { lazy, Suspense } from 'react'

import { roleReaches } from '#domain/people.ts'
import { withoutUndefined } from '#web/client/loose.ts'
import { type MyAccount, useAccount } from '#web/client/me.ts'
import { reading } from '#web/client/queries.ts'
import { Button } from '#web/elements/button.tsx'
import { Chip } from '#web/elements/chip.tsx'
import { type Column, DataTable } from '#web/elements/data-table.tsx'
import { Moment } from '#web/elements/moment.tsx'
import { Page, Panel } from '#web/elements/page.tsx'
import { Empty, Failure, SkeletonRows } from '#web/elements/states.tsx'
import { useKeys } from '#web/shell/keys.ts'

import type { Credential } from './credential-calls.ts'
import { credentialStanding, feeWords, secretWords, uses } from './credential-words.ts'

const NewCredential = lazy(async () => ({
  default: (await import('./new-credential.tsx')).NewCredential,
}))
const CredentialDetail = lazy(async () => ({
  default: (await import('./credential-detail.tsx')).CredentialDetail,
}))

const columns: readonly Column<Credential>[] = [
  {
    id: 'label',
    title: 'Name',
    width: 'minmax(140px, 2fr)',
    phone: 'title',
    cell: ({ label }) => <span className="font-medium">{label}</span>,
  },
  {
    id: 'provider',
    title: 'Provider',
    width: 'minmax(120px, 1.5fr)',
    phone: 'line',
    cell: ({ provider_name: name }) => <span className="text-muted">{name}</span>,
  },
  {
    id: 'secret',
    title: 'Key',
    width: '128px',
    phone: 'line',
    cell: (credential) => (
      <span className="font-mono text-12 text-muted">{secretWords(credential)}</span>
    ),
  },
  {
    id: 'standing',
    title: 'State',
    width: '112px',
    phone: 'aside',
    cell: (credential) => {
      const { words, tone } = credentialStanding(credential)
      return <Chip tone={tone}>{words}</Chip>
    },
  },
  {
    id: 'use',
    title: 'Used',
    width: '72px',
    phone: 'line',
    cell: ({ use }) => (
      <span className="text-muted">
        <span className="md:hidden">used </span>
        <span className="max-md:lowercase">{uses.find(({ value }) => value === use)?.label}</span>
      </span>
    ),
  },
  {
    id: 'models',
    title: 'Models',
    width: 'minmax(120px, 2fr)',
    phone: 'none',
    cell: ({ models }) => (
      <span className="text-muted">
        {models === null ? 'all it has here' : models.map(({ model }) => model).join(', ')}
      </span>
    ),
  },
  {
    id: 'tested',
    title: 'Tested',
    width: '104px',
    align: 'end',
    phone: 'none',
    cell: ({ last_test: test }) =>
      test === null ? (
        <span className="text-muted">never</span>
      ) : (
        <Moment at={test.at} className="text-muted" />
      ),
  },
]

/** The keys for providers that an account brings itself. */
export function CredentialsPage() {
  const account = useAccount()
  return account ? (
    <AccountCredentials key={account.id} account={account} />
  ) : (
    <Page title="Provider keys">
      <SkeletonRows />
    </Page>
  )
}

function AccountCredentials({ account }: { account: MyAccount }) {
  const search = useSearch({ from: '/framed/signed-in/provider-keys' })
  const navigate = useNavigate({ from: '/provider-keys' })
  const mayChange = roleReaches(account.role, 'admin')
  const { data, error, refetch } = useQuery({
    ...reading('GET /api/accounts/{account_id}/credentials', {
      params: { account_id: account.id },
    }),
    refetchInterval: 30_000,
  })
  const setCreating = (isOpen: boolean) =>
    void navigate({
      search: (before) => withoutUndefined({ ...before, create: isOpen ? true : undefined }),
    })
  const openOne = (id: string | undefined) =>
    void navigate({ search: (before) => withoutUndefined({ ...before, credential: id }) })
  useKeys(mayChange ? [{ key: 'c', does: 'Add a provider key', run: () => setCreating(true) }] : [])
  const opened = data?.data.find(({ id }) => id === search.credential)
  return (
    <Page
      title="Provider keys"
      about={`Your own keys at providers, tried in this order. ${data ? feeWords(data.fee_percent) : ''}`}
      actions={
        mayChange && (
          <Button
            kind="primary"
            icon={<Plus size={15} aria-hidden />}
            onClick={() => setCreating(true)}
          >
            Add a provider key
          </Button>
        )
      }
    >
      <Panel isFlush>
        {!data && error && (
          <div className="p-4">
            <Failure error={error} retry={() => void refetch()} />
          </div>
        )}
        {!data && !error && <SkeletonRows count={4} />}
        {data?.data.length === 0 && (
          <NothingYet fee={data.fee_percent} {...(mayChange && { add: () => setCreating(true) })} />
        )}
        {data && data.data.length > 0 && (
          <DataTable
            label="Provider keys"
            rows={data.data}
            columns={columns}
            keyOf={({ id }) => id}
            open={({ id }) => openOne(id)}
          />
        )}
      </Panel>
      <Suspense>
        {data && mayChange && search.create === true && (
          <NewCredential
            account={account}
            providers={data.providers}
            close={() => setCreating(false)}
          />
        )}
        {opened && (
          <CredentialDetail
            key={opened.id}
            credential={opened}
            mayChange={mayChange}
            close={() => openOne(undefined)}
          />
        )}
      </Suspense>
    </Page>
  )
}

/** What they are for, before there is one. */
function NothingYet({ fee, add }: { fee: string; add?: () => void }) {
  return (
    <Empty
      title="Every request goes by the shared keys"
      action={
        add && (
          <Button kind="primary" onClick={add}>
            Add a provider key
          </Button>
        )
      }
    >
      <p>
        Bring your own key for OpenAI, Anthropic, Azure, Bedrock or a server of yours, and requests
        go by it: your limits, your discounts, your contract. The same API key and the same models
        as before; the log and the usage stay whole.
      </p>
      <p className="mt-2">
        {fee === '0'
          ? 'The provider bills you, and nothing is charged here.'
          : `The provider bills you, and ${fee} % of the list price is charged here.`}{' '}
        Where a key fails, the shared ones go on, unless you say otherwise.
      </p>
      {!add && <p className="mt-2">An admin of this account can add one.</p>}
    </Empty>
  )
}
