import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'

import { useChange } from '#web/client/change.ts'
import { reading, refresh } from '#web/client/queries.ts'
import { Chip } from '#web/elements/chip.tsx'
import { CopyId } from '#web/elements/copy-text.tsx'
import { Modal } from '#web/elements/modal.tsx'
import { Moment, useNowMs } from '#web/elements/moment.tsx'
import { tell } from '#web/elements/toasts.ts'

import { changeLimits, type Key, revokeKey } from './key-calls.ts'
import { type KeyOrigin, managesKeys } from './key-purpose.ts'
import { keyStanding } from './key-standing.ts'
import { limitWords } from './limits-draft.ts'
import { LimitsForm } from './limits-form.tsx'
import { RevokeKey } from './revoke-key.tsx'
import { RotateKey } from './rotate-key.tsx'
import { ShownOnce } from './shown-once.tsx'
import { SpentMeters } from './spent-meters.tsx'

/** One key: what it may use, as a sentence, and what it has used; and its end. */
export function KeyDetail({
  apiKey,
  project,
  origin,
  mayChange,
  close,
}: {
  apiKey: Key
  /** The name of the project it belongs to. */
  project: string | null
  /** Where it comes from, when no person made it here. */
  origin: KeyOrigin | null
  mayChange: boolean
  close: () => void
}) {
  const [secret, setSecret] = useState<string | null>(null)
  const changed = () =>
    void refresh(
      'GET /api/accounts/{account_id}/keys',
      'GET /api/accounts/{account_id}/keys/{key_id}',
    )
  const revoke = useChange(() => revokeKey(apiKey), {
    done: () => {
      changed()
      tell(`"${apiKey.name}" is revoked: it opens nothing any more`)
      close()
    },
  })
  const isChangeable = mayChange && apiKey.revoked_at === null
  if (secret !== null) {
    return (
      <Modal
        title={`Another secret for "${apiKey.name}"`}
        about="This is the only time it is shown."
        isOpen
        setOpen={(isOpen) => !isOpen && close()}
        isWide
      >
        <ShownOnce secret={secret} scopes={apiKey.scopes} done={close} />
      </Modal>
    )
  }
  return (
    <Modal title={apiKey.name} isOpen setOpen={(isOpen) => !isOpen && close()} isWide>
      <div className="flex flex-col gap-5">
        <KeyFacts apiKey={apiKey} project={project} origin={origin} />
        <Spent apiKey={apiKey} />
        {apiKey.revoked_at !== null && (
          <p>
            Revoked <Moment at={apiKey.revoked_at} />. Its requests stay in the log.
          </p>
        )}
        {isChangeable ? (
          <LimitsForm
            subject="This key"
            limits={apiKey.limits}
            save={(limits) => changeLimits(apiKey, limits)}
            saved={() => {
              changed()
              tell(`The limits of "${apiKey.name}" count everywhere within seconds`)
              close()
            }}
          />
        ) : (
          <p className="text-muted">It has {limitWords(apiKey.limits)}.</p>
        )}
        <div className="flex flex-wrap items-center gap-4 border-t border-line pt-4">
          <Link
            to="/requests"
            search={{ key_id: apiKey.id }}
            className="text-accent hover:underline"
          >
            Its requests
          </Link>
          <Link to="/usage" search={{ key_id: apiKey.id }} className="text-accent hover:underline">
            Its usage
          </Link>
          {isChangeable && <RotateKey apiKey={apiKey} shown={setSecret} />}
          {isChangeable && (
            <RevokeKey
              name={apiKey.name}
              isBusy={revoke.isPending}
              revoke={() => revoke.mutate(undefined)}
            />
          )}
        </div>
      </div>
    </Modal>
  )
}

/** What it has spent; nothing until that is known, which holds up nothing. */
function Spent({ apiKey }: { apiKey: Key }) {
  const { data } = useQuery(
    reading('GET /api/accounts/{account_id}/keys/{key_id}', {
      params: { account_id: apiKey.account_id, key_id: apiKey.id },
    }),
  )
  return (
    <div className="min-h-18">
      {data && <SpentMeters spent={data.data.spent} limits={apiKey.limits} />}
    </div>
  )
}

/** Where a key comes from; the key that made it is a click away. */
function Origin({ words, keyId }: KeyOrigin) {
  if (keyId === null) return <span>{words}</span>
  return (
    <Link
      to="/keys"
      search={(before) => ({ ...before, key: keyId })}
      className="hover:text-text hover:underline"
    >
      {words}
    </Link>
  )
}

/** What is known of a key beside its limits. */
function KeyFacts({
  apiKey,
  project,
  origin,
}: {
  apiKey: Key
  project: string | null
  origin: KeyOrigin | null
}) {
  const standing = keyStanding(apiKey, useNowMs())
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-1 text-13 text-muted">
      <Chip tone={standing.tone}>{standing.words}</Chip>
      {managesKeys(apiKey) && <Chip tone="accent">manages keys</Chip>}
      <code>{apiKey.label}</code>
      {project !== null && <span>in {project}</span>}
      {origin && <Origin {...origin} />}
      <span>
        created <Moment at={apiKey.created_at} />
      </span>
      <span>
        used <Moment at={apiKey.last_used_at} />
      </span>
      {apiKey.old_secrets_end_at !== null && (
        <span>
          older secrets end <Moment at={apiKey.old_secrets_end_at} />
        </span>
      )}
      {apiKey.expires_at !== null && (
        <span>
          ends <Moment at={apiKey.expires_at} />
        </span>
      )}
      <CopyId id={apiKey.id} />
    </div>
  )
}
