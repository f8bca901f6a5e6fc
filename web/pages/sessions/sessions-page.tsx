import { useQuery } from '@tanstack/react-query'
import { KeyRound, MonitorSmartphone, Pencil, Trash2 } from 'lucide-react'
import { useState } from 'react'

import { call, type CallOutput } from '#web/client/call.ts'
import { useChange } from '#web/client/change.ts'
import { addPasskey, knowsPasskeys, wasCancelled } from '#web/client/passkeys.ts'
import { queryClient, reading, refresh } from '#web/client/queries.ts'
import { Button, IconButton } from '#web/elements/button.tsx'
import { Chip } from '#web/elements/chip.tsx'
import { inputClass } from '#web/elements/field.tsx'
import { Moment } from '#web/elements/moment.tsx'
import { Page, Panel } from '#web/elements/page.tsx'
import { Failure, SkeletonRows } from '#web/elements/states.tsx'
import { tell, tellFailure } from '#web/elements/toasts.ts'

import { SecurityEvents } from './security-events.tsx'

/** Where one is signed in, with what, and what happened to it. */
export function SessionsPage() {
  return (
    <Page
      title="Sessions and passkeys"
      about="Every device that is signed in as you, and the passkeys that can do it without a mail."
    >
      <div className="flex flex-col gap-6">
        <Sessions />
        <Passkeys />
        <SecurityEvents />
      </div>
    </Page>
  )
}

const sessionsQuery = reading('GET /api/me/sessions', {})
type SessionList = CallOutput<'GET /api/me/sessions'>
type Session = SessionList['data'][number]

function Sessions() {
  const { data, error, refetch } = useQuery(sessionsQuery)
  const endOne = useChange(
    ({ id }: Session) =>
      call('DELETE /api/me/sessions/{session_id}', {
        params: { session_id: id },
        body: {} as never,
      }),
    {
      done: (_, { id, device }) => {
        queryClient.setQueryData<SessionList>(
          sessionsQuery.queryKey,
          (list) => list && { data: list.data.filter((session) => session.id !== id) },
        )
        tell(`Signed out on ${device}`)
      },
    },
  )
  const endOthers = useChange(
    () => call('DELETE /api/me/sessions', { query: { keep: 'current' } }),
    {
      done: ({ data: { ended } }) => {
        tell(ended === 1 ? 'Signed out on 1 other device' : `Signed out on ${ended} other devices`)
        void refresh('GET /api/me/sessions')
      },
    },
  )
  const others = data?.data.filter(({ is_current }) => !is_current).length ?? 0
  return (
    <Panel
      title="Sessions"
      isFlush
      actions={
        others > 0 && (
          <Button
            kind="danger"
            size="small"
            isBusy={endOthers.isPending}
            onClick={() => endOthers.mutate(undefined)}
          >
            Sign out everywhere else
          </Button>
        )
      }
    >
      {error && <Failure error={error} retry={() => void refetch()} />}
      {!data && !error && <SkeletonRows count={2} />}
      <ul className="divide-y divide-line">
        {data?.data.map((session) => (
          <li key={session.id} className="flex items-center gap-3 px-4 py-3">
            <MonitorSmartphone size={18} aria-hidden className="shrink-0 text-muted" />
            <div className="min-w-0 grow">
              <p className="flex flex-wrap items-center gap-2 font-medium">
                {session.device}
                {session.is_current && <Chip tone="positive">this device</Chip>}
              </p>
              <p className="text-13 text-muted">
                {session.place ?? 'an unknown network'} · used <Moment at={session.last_used_at} />{' '}
                · signed in <Moment at={session.created_at} /> with a {session.authenticated_by} ·
                ends <Moment at={session.expires_at} />
              </p>
            </div>
            {!session.is_current && (
              <Button
                size="small"
                kind="danger"
                isBusy={endOne.isPending && endOne.variables.id === session.id}
                onClick={() => endOne.mutate(session)}
              >
                Sign out
              </Button>
            )}
          </li>
        ))}
      </ul>
    </Panel>
  )
}

type Passkey = CallOutput<'GET /api/me/passkeys'>['data'][number]

function Passkeys() {
  const { data, error, refetch } = useQuery(reading('GET /api/me/passkeys', {}))
  const changed = () => void refresh('GET /api/me/passkeys')
  const add = useChange(() => addPasskey(`Passkey ${(data?.data.length ?? 0) + 1}`), {
    isShown: true,
    done: () => {
      changed()
      tell('The passkey is added: next time, sign in with it')
    },
  })
  const remove = useChange(
    ({ id }: Passkey) =>
      call('DELETE /api/me/passkeys/{passkey_id}', { params: { passkey_id: id } }),
    {
      done: (_, { name }) => {
        changed()
        tell(`"${name}" opens nothing any more`)
      },
    },
  )
  return (
    <Panel
      title="Passkeys"
      about="They cannot be phished, and there is no code to wait for."
      isFlush
      actions={
        knowsPasskeys() && (
          <Button
            size="small"
            icon={<KeyRound size={14} aria-hidden />}
            isBusy={add.isPending}
            onClick={() =>
              add.mutate(undefined, {
                onError: (problem) => {
                  if (!wasCancelled(problem)) tellFailure(problem)
                },
              })
            }
          >
            Add a passkey
          </Button>
        )
      }
    >
      {error && <Failure error={error} retry={() => void refetch()} />}
      {!data && !error && <SkeletonRows count={1} />}
      {data?.data.length === 0 && (
        <p className="px-4 py-6 text-muted">
          None yet. A passkey is your fingerprint, face or screen lock in place of a code.
        </p>
      )}
      <ul className="divide-y divide-line">
        {data?.data.map((passkey) => (
          <PasskeyRow key={passkey.id} passkey={passkey} remove={() => remove.mutate(passkey)} />
        ))}
      </ul>
    </Panel>
  )
}

function PasskeyRow({ passkey, remove }: { passkey: Passkey; remove: () => void }) {
  const [name, setName] = useState<string | null>(null)
  const rename = useChange(
    (to: string) =>
      call('PATCH /api/me/passkeys/{passkey_id}', {
        params: { passkey_id: passkey.id },
        body: { name: to },
      }),
    { done: () => void refresh('GET /api/me/passkeys') },
  )
  const save = () => {
    if (name !== null && name.trim() !== '' && name !== passkey.name) rename.mutate(name.trim())
    setName(null)
  }
  return (
    <li className="flex items-center gap-3 px-4 py-3">
      <KeyRound size={18} aria-hidden className="shrink-0 text-muted" />
      <div className="min-w-0 grow">
        {name === null ? (
          <p className="flex items-center gap-2 font-medium">
            {rename.isPending ? rename.variables : passkey.name}
            {passkey.is_synced && <Chip>synced</Chip>}
          </p>
        ) : (
          <input
            aria-label="Name of the passkey"
            autoFocus
            maxLength={100}
            value={name}
            onChange={({ target }) => setName(target.value)}
            onBlur={save}
            onKeyDown={({ key }) => {
              if (key === 'Enter') save()
              if (key === 'Escape') setName(null)
            }}
            className={inputClass}
          />
        )}
        <p className="text-13 text-muted">
          added <Moment at={passkey.created_at} /> · used <Moment at={passkey.last_used_at} />
        </p>
      </div>
      <IconButton label={`Rename "${passkey.name}"`} onClick={() => setName(passkey.name)}>
        <Pencil size={15} aria-hidden />
      </IconButton>
      <IconButton label={`Remove "${passkey.name}"`} onClick={remove}>
        <Trash2 size={15} aria-hidden />
      </IconButton>
    </li>
  )
}
