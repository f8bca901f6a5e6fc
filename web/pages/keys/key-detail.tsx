import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type SubmitEvent, useState } from 'react'

import { CallError } from '#web/client/call-error.ts'
import { useChange } from '#web/client/change.ts'
import { reading, refresh } from '#web/client/queries.ts'
import { Button } from '#web/elements/button.tsx'
import { Chip } from '#web/elements/chip.tsx'
import { CopyId } from '#web/elements/copy-text.tsx'
import { Modal } from '#web/elements/modal.tsx'
import { Moment, useNowMs } from '#web/elements/moment.tsx'
import { tell } from '#web/elements/toasts.tsx'

import { changeLimits, type Key, type LimitsChange, revokeKey } from './key-calls.ts'
import { keyStanding } from './key-standing.ts'
import { draftOfLimits, readLimits } from './limits-draft.ts'
import { LimitsSentence } from './limits-sentence.tsx'
import { RevokeKey } from './revoke-key.tsx'
import { RotateKey } from './rotate-key.tsx'
import { ShownOnce } from './shown-once.tsx'

/** One key: what it may use, as a sentence; and its end. */
export function KeyDetail({ apiKey, close }: { apiKey: Key; close: () => void }) {
  const { data: models } = useQuery(reading('GET /v1/models', {}))
  const saved = draftOfLimits(apiKey.limits)
  const [draft, setDraft] = useState(saved)
  const [problem, setProblem] = useState<string | null>(null)
  const [secret, setSecret] = useState<string | null>(null)
  const changed = () => void refresh('GET /api/accounts/{account_id}/keys')
  const save = useChange((limits: LimitsChange) => changeLimits(apiKey, limits), {
    isShown: true,
    done: () => {
      changed()
      tell(`The limits of "${apiKey.name}" count everywhere within seconds`)
      close()
    },
  })
  const revoke = useChange(() => revokeKey(apiKey), {
    done: () => {
      changed()
      tell(`"${apiKey.name}" is revoked: it opens nothing any more`)
      close()
    },
  })
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const read = readLimits(draft)
    setProblem(read.kind === 'problem' ? read.words : null)
    if (read.kind === 'problem') return
    save.mutate(read.limits, {
      onError: (error) => setProblem(error instanceof CallError ? error.message : error.message),
    })
  }
  const isRevoked = apiKey.revoked_at !== null
  if (secret !== null) {
    return (
      <Modal
        title={`Another secret for "${apiKey.name}"`}
        about="This is the only time it is shown."
        isOpen
        setOpen={(isOpen) => !isOpen && close()}
        isWide
      >
        <ShownOnce secret={secret} done={close} />
      </Modal>
    )
  }
  return (
    <Modal title={apiKey.name} isOpen setOpen={(isOpen) => !isOpen && close()} isWide>
      <div className="flex flex-col gap-5">
        <KeyFacts apiKey={apiKey} />
        {isRevoked ? (
          <p>
            Revoked <Moment at={apiKey.revoked_at} />. Its requests stay in the log.
          </p>
        ) : (
          <form onSubmit={submit} className="flex flex-col gap-3">
            <LimitsSentence
              subject="This key"
              draft={draft}
              change={(part) => setDraft((before) => ({ ...before, ...part }))}
              models={models?.data.map(({ id }) => id) ?? []}
              problem={problem}
            />
            <div>
              <Button
                type="submit"
                kind="primary"
                isBusy={save.isPending}
                disabled={JSON.stringify(draft) === JSON.stringify(saved)}
              >
                Save the limits
              </Button>
            </div>
          </form>
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
          {!isRevoked && <RotateKey apiKey={apiKey} shown={setSecret} />}
          {!isRevoked && (
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

/** What is known of a key beside its limits. */
function KeyFacts({ apiKey }: { apiKey: Key }) {
  const standing = keyStanding(apiKey, useNowMs())
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-1 text-13 text-muted">
      <Chip tone={standing.tone}>{standing.words}</Chip>
      <code>{apiKey.label}</code>
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
